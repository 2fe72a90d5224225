import { formatDuration, formatMs, formatRatio } from '../../workloads/report/format.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import type { Comparison, Contender, Rival } from '../../workloads/report/model/engine-types.js';
import { sumEstimate, type Estimate } from '../../workloads/results/bootstrap.js';
import type { StoredRun } from '../../workloads/results/stored-run.js';
import { renderTable } from '../measurement.js';

/** What it cost to open each engine, outside of every query. */
export function openingTable({ sessions }: StoredRun): string {
  const rows = sessions.map((session) => {
    const { start_ms, session_ms, register_ms, analyze_ms } = session.open_stages;
    const series = [session.engine_label, session.variant, session.replica === 2 ? 'null run' : ''].filter((part) => part !== '' && part !== 'default').join(', ');
    return [series, ...[start_ms, session_ms, register_ms, analyze_ms, session.open_ms].map(formatMs)];
  });
  return renderTable(['Opened, ms', 'start', 'session', 'tables', 'statistics', 'all'], rows);
}

/** Σ of the medians of each series, and how it stands to the fastest that completed everything. */
export function comparisonTable(run: StoredRun): string {
  const report = buildReport([run], () => ({ kind: 'unknown', why: 'not asked' }));
  return report.sections.flatMap(({ levels }) => levels.flatMap(({ comparison }) => (comparison === null ? [] : [tableOf(comparison)]))).join('\n');
}

function tableOf({ baseline, rivals, noise }: Comparison): string {
  const rows = [[nameOf(baseline), sumOf(baseline), '1', '1', `${countOf(baseline)}`, 'baseline'], ...rivals.map(rowOf)];
  const floor = noise === null ? 'No null run: no claim is held against the noise.' : `Null run (${noise.label}): Σ of the second is ${formatRatio(noise.total)} that of the first.`;
  return `${renderTable(['Σ of medians [interval]', '', 'ratio of Σ', 'geometric mean of ratios', 'queries', 'claim'], rows)}\n${floor}`;
}

function rowOf({ contender, total, geometricMean, queries }: Rival): string[] {
  const claim = total === null ? 'nothing in common' : (total.claim ?? `none: ${total.whyNot}`);
  return [nameOf(contender), sumOf(contender), total === null ? '–' : interval({ value: total.ratio, ...total }), geometricMean === null ? '–' : interval(geometricMean), String(queries), claim];
}

function nameOf({ series }: Contender): string {
  return series.label;
}

function durationsOf({ configuration }: Contender): (readonly number[])[] {
  return configuration.cells.flatMap(({ outcome }) => (outcome.kind === 'ok' ? [outcome.durationsMs] : []));
}

function countOf(contender: Contender): number {
  return durationsOf(contender).length;
}

function sumOf(contender: Contender): string {
  const durations = durationsOf(contender);
  if (durations.length === 0) return '–';
  const { value, low, high } = sumEstimate(durations);
  return `${formatDuration(value)} [${formatDuration(low)} – ${formatDuration(high)}]`;
}

function interval({ value, low, high }: Estimate): string {
  return `${formatRatio(value)} [${formatRatio(low)} – ${formatRatio(high)}]`;
}
