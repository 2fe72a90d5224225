import { FlowbenchError, messageOf } from '../model/errors.js';
import type { ResultRow } from '../model/result-row.js';
import { runRecordSchema, type RunRecord } from '../model/run-record.js';
import type { SessionRecord } from '../model/session-record.js';
import type { UnitRecord } from '../model/unit-timeline.js';

/** What one folder of `runs/` holds, on this machine or in S3. */
export interface StoredRun {
  /** The folder, or `s3://…/runs/<id>`. */
  readonly uri: string;
  readonly record: RunRecord;
  readonly rows: readonly ResultRow[];
  /** Units of those rows, where an executor saw them. */
  readonly units: readonly UnitRecord[];
  /** Each opening of a session, in the order of time; none of a run from before they were kept. */
  readonly sessions: readonly SessionRecord[];
}

/** What a run holds besides its record. */
export type RunContents = Pick<StoredRun, 'rows' | 'units' | 'sessions'>;

/** Throws `configuration` for a row of another run. */
export function storedRun(uri: string, record: RunRecord, { rows, units, sessions }: RunContents): StoredRun {
  const foreign = [...rows, ...units, ...sessions].find((one) => one.run_id !== record.run_id);
  if (foreign !== undefined) {
    throw new FlowbenchError('configuration', `"${uri}" holds a row of run ${foreign.run_id}, but it is of run ${record.run_id}.`, {
      remedy: 'Keep the rows of each run in its own folder.',
    });
  }
  return { uri, record, rows, units: unitsOfRows(rows, units), sessions: lastOfOpenings(sessions) };
}

/** Throws `configuration` for what is no run record of this version. */
export function parseRunRecord(text: string, place: string): RunRecord {
  try {
    return runRecordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FlowbenchError('configuration', `"${place}" is not a run record of this version (${messageOf(cause).split('\n').slice(0, 4).join(' ')}).`, {
      remedy: 'Use the flowbench version that wrote the run, or measure again.',
      cause,
    });
  }
}

export function runRecordText(record: RunRecord): string {
  return `${JSON.stringify(runRecordSchema.parse(record), null, 2)}\n`;
}

export function linesOf(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

export function noRunError(uri: string): FlowbenchError {
  return new FlowbenchError('configuration', `There is no run in "${uri}" (no run.json).`, {
    remedy: 'Name the folder of a run, as "flowbench run" printed it.',
  });
}

export function runExistsError(uri: string): FlowbenchError {
  return new FlowbenchError('configuration', `There is a run in "${uri}" already.`, {
    remedy: `Go on with it by --resume ${uri}, or start one under another id.`,
  });
}

/** In the order of time; a crash may leave one twice, of which the last counts. */
function lastOfOpenings(sessions: readonly SessionRecord[]): SessionRecord[] {
  const last = new Map(sessions.map((session) => [JSON.stringify([session.session_id, session.opening]), session]));
  return [...last.values()].sort((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at));
}

/**
 * A crash between a row's units and the row leaves units that are measured again: those without a row do not
 * count, and of the same unit the last one does.
 */
function unitsOfRows(rows: readonly ResultRow[], units: readonly UnitRecord[]): UnitRecord[] {
  const measured = new Set(rows.map((row) => JSON.stringify([row.cell_id, row.repetition])));
  const last = new Map<string, UnitRecord>();
  for (const unit of units) {
    if (measured.has(JSON.stringify([unit.cell_id, unit.repetition]))) last.set(JSON.stringify([unit.cell_id, unit.repetition, unit.stage, unit.unit_id]), unit);
  }
  return [...last.values()];
}
