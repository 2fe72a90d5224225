import Table from 'cli-table3';
import type { SmokeEvidence } from './smoke-evidence.js';

/** One thing a smoke run proves. */
export interface SmokeStep {
  readonly what: string;
  readonly isProven: boolean;
  /** What was seen, or why not. */
  readonly found: string;
  readonly tookMs: number | null;
}

const NOT_REACHED = 'not reached';

/**
 * What the coordinator measured, as the steps that it proves. A failure is told once, at the step it happened in;
 * of a query that did not run the row tells why, and not how far it came.
 *
 * @param whyNot why there is no evidence, where there is none
 */
export function evidenceSteps(evidence: SmokeEvidence | null, whyNot: string): SmokeStep[] {
  const row = evidence?.rows[0];
  const unit = evidence?.units[0];
  if (row === undefined) return [step('run accepted', false, '', whyNot, null), notReached('query run'), notReached('answer right'), notReached('row groups')];
  const failure = row.error ?? row.status;
  if (row.status !== 'ok' && row.status !== 'wrong_answer') return [step('query run', false, '', failure, null), notReached('answer right'), notReached('row groups')];
  if (unit === undefined && row.coverage_ok === null) return engineSteps(row, failure);
  const bytes = row.bytes_read === null ? 'bytes not measured' : `${row.bytes_read} bytes`;
  return [
    step('image started', true, unit?.pod == null ? 'a worker pod ran' : `pod ${unit.pod} on node ${unit.node ?? '?'}`, '', unit?.started_ms ?? null),
    step('dataset read', true, `${row.storage_medium}, ${bytes}`, '', unit?.executed_ms ?? null),
    step('partial written', true, `${row.bytes_exchanged ?? '?'} bytes, committed and merged`, '', unit?.uploaded_ms ?? null),
    step('answer right', row.spec_ok === true, `${row.query}, ${row.rows ?? '?'} row(s), ${row.strict_ok === true ? 'exact' : "within TPC-H's tolerance"}`, failure, row.stages.gate_ms),
    step('row groups', row.coverage_ok === true, 'each planned one was read once, as the worker counted', failure, row.stages.proof_ms),
  ];
}

/** What an engine proves that has no work units. */
function engineSteps(row: SmokeEvidence['rows'][number], failure: string): SmokeStep[] {
  const bytes = row.bytes_read === null ? 'bytes not measured' : `${row.bytes_read} bytes`;
  return [
    step('engine answered', true, row.engine_label, '', row.end_to_end_ms),
    step('dataset read', true, `${row.storage_medium}, ${bytes}`, '', null),
    step('answer right', row.spec_ok === true, `${row.query}, ${row.rows ?? '?'} row(s), ${row.strict_ok === true ? 'exact' : "within TPC-H's tolerance"}`, failure, row.stages.gate_ms),
  ];
}

export function step(what: string, isProven: boolean, found: string, failure: string, tookMs: number | null): SmokeStep {
  return { what, isProven, found: isProven ? found : failure, tookMs: isProven ? tookMs : null };
}

export function notReached(what: string): SmokeStep {
  return { what, isProven: false, found: NOT_REACHED, tookMs: null };
}

/** The steps as a table, and the verdict below it. */
export function smokeTable(steps: readonly SmokeStep[]): string {
  const table = new Table({ head: ['', 'Proven', 'Found', 'Took'], style: { head: [], border: [] }, wordWrap: true, colWidths: [19, 8, 64, 10], colAligns: ['left', 'left', 'left', 'right'] });
  for (const { what, isProven, found, tookMs } of steps) table.push([what, isProven ? 'yes' : found === NOT_REACHED ? '–' : 'NO', found, tookMs === null ? '' : secondsText(tookMs)]);
  const failed = steps.find(({ isProven }) => !isProven);
  return `${table.toString()}\n${failed === undefined ? 'The cluster can run the benchmark.' : `The cluster cannot run the benchmark yet: ${failed.what}.`}`;
}

function secondsText(ms: number): string {
  return ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
