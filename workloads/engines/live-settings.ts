import { FlowbenchError } from '../model/errors.js';
import type { TypedRows } from '../model/typed-rows.js';

/** What an embedded engine says of itself. */
export interface LiveSettings {
  readonly threads: number;
  /** The engine prints it with one decimal (`953.6 MiB`), so it is right to a tenth of its unit. */
  readonly memoryLimitBytes: number;
}

/** The query whose rows {@link readLiveSettings} reads. */
export const LIVE_SETTINGS_SQL = "SELECT current_setting('threads')::BIGINT AS threads, current_setting('memory_limit') AS memory_limit";

const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Reads the answers to {@link LIVE_SETTINGS_SQL}, one per engine. Throws `internal` for a form it does not know. */
export function readLiveSettings(answer: TypedRows): LiveSettings[] {
  return answer.rows.map(([threads, memory]) => {
    const [, amount, unit] = /^([\d.]+) (\w+)$/.exec(memory ?? '') ?? [];
    const factor = UNITS[unit ?? ''];
    if (factor === undefined) throw new FlowbenchError('internal', `The engine gives its memory limit as "${memory}", which cannot be read.`);
    return { threads: Number(threads), memoryLimitBytes: Math.round(Number(amount) * factor) };
  });
}

/** Where the dataset's bytes lie. */
export function storageMediumOf(datasetUri: string): string {
  return /^s3a?:/.test(datasetUri) ? 's3' : 'local_disk';
}
