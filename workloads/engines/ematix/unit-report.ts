import * as z from 'zod';
import type { UnitFailure } from '../../coordinator/executor.js';
import type { ProcessEnd } from './unit-process.js';

/** The line that the program prints when a unit is done. */
const reportSchema = z.object({
  work_unit_id: z.string(),
  query: z.string(),
  wall_ms: z.number(),
  decode_ms: z.number().nullable(),
  exec_ms: z.number().nullable(),
  output_write_ms: z.number().nullable(),
  /** Null in the version at hand: it does not count what it reads. */
  rows_in: z.number().nullable(),
  rows_out: z.number().nullable(),
  output_uri: z.string(),
});
export type UnitReport = z.infer<typeof reportSchema>;

export type UnitVerdict = { readonly ok: true; readonly report: UnitReport } | { readonly ok: false; readonly failure: UnitFailure };

/** Without processor time for so long it does nothing any more, and waits for nothing that comes. */
const HUNG_AFTER_MS = 1_000;
const EXIT = { ok: 0, config: 2, execution: 3, output: 4 } as const;

/** What became of a unit, by how the program ended and what it printed. */
export function judgeUnit(unitId: string, end: ProcessEnd): UnitVerdict {
  const said = lastError(end.log);
  const because = said === null ? '' : `: ${said}`;
  if (end.startError !== null) return failed(end, 'infrastructure', `ematix-flow could not be started: ${end.startError}`);
  if (end.stopped === 'cancelled') return failed(end, 'cancelled', 'ematix-flow was stopped on request.');
  if (end.stopped === 'timeout') return failed(end, 'timeout', timeoutSentence(end, because));
  if (end.signal !== null || end.exitCode === null || end.exitCode > 128) return failed(end, end.wasMemoryShort ? 'out_of_memory' : 'query_failed', `ematix-flow was ended by ${end.signal ?? `exit code ${end.exitCode}`}${end.wasMemoryShort ? ', as the system ran out of memory' : ''}${because}.`);
  if (end.exitCode !== EXIT.ok) return failed(end, kindOf(end.exitCode, said ?? ''), `ematix-flow ended with exit code ${end.exitCode}${because}`);
  return readReport(unitId, end);
}

function timeoutSentence({ idleMs, elapsedMs }: ProcessEnd, because: string): string {
  const state = idleMs >= Math.min(HUNG_AFTER_MS, elapsedMs / 2) ? `ematix-flow hung: it had used no processor time for ${(idleMs / 1_000).toFixed(1)} s when` : 'ematix-flow still computed when';
  return `${state} it was killed at its time limit${because}.`;
}

/** Its codes tell where it failed, not who is to blame: a file it cannot open is its reader's failure, as others read it. */
function kindOf(exitCode: number, said: string): UnitFailure['kind'] {
  if (/no space left|disk quota/i.test(said)) return 'out_of_disk';
  if (/resources exhausted|failed to allocate|out of memory/i.test(said)) return 'out_of_memory';
  if (exitCode === EXIT.execution && /execution error: plan:/.test(said)) return 'unsupported';
  if (exitCode === EXIT.config && !/\bopen "/.test(said)) return 'bad_input';
  if (exitCode === EXIT.output) return 'storage';
  return 'query_failed';
}

/** The one line about this unit, whatever else is printed around it. */
function readReport(unitId: string, end: ProcessEnd): UnitVerdict {
  const reports = end.stdout.split('\n').flatMap((line) => {
    const report = parsed(line);
    return report?.work_unit_id === unitId ? [report] : [];
  });
  const [report, ...others] = reports;
  if (report !== undefined && others.length === 0) return { ok: true, report };
  return failed(end, 'query_failed', `ematix-flow ended with exit code 0 and ${reports.length} reports on ${unitId} instead of one.`);
}

function parsed(line: string): UnitReport | null {
  if (!line.startsWith('{')) return null;
  try {
    return reportSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** What a log's last error says: the text after `error=`, or where it panicked. */
export function lastError(log: string): string | null {
  const lines = log.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const error = lines.findLast((line) => /\bERROR\b/.test(line));
  const panic = lines.findLastIndex((line) => /panicked at/.test(line));
  const said = error !== undefined ? (/\berror=(.*?)(?: exit_code=\d+)?$/.exec(error)?.[1] ?? error) : panic >= 0 ? lines.slice(panic, panic + 2).join(' ') : null;
  return said === null ? null : said.replace(/\.$/, '').slice(0, 500);
}

function failed({ exitCode, signal }: ProcessEnd, kind: UnitFailure['kind'], message: string): UnitVerdict {
  return { ok: false, failure: { kind, message: message.endsWith('.') ? message : `${message}.`, exitCode, signal } };
}
