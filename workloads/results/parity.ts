import type { SessionRecord } from '../model/session-record.js';

/** How far what an engine has may differ from what every engine is given: it may print `1.0 GiB` for 1.09. */
export const PARITY_TOLERANCE = 0.1;

/** In what a live engine differs from what it was to have by more than the tolerance, a sentence each. */
export function parityDifferences({ engine, workers, parity, asked }: Pick<SessionRecord, 'engine' | 'workers' | 'parity' | 'asked'>): string[] {
  const who = `${engine}, N=${workers}`;
  return [
    ...(isFar(parity.threads_total, asked.threads_total) ? [`${who} computes with ${parity.threads_total} threads, where ${asked.threads_total} were to be had.`] : []),
    ...(isFar(parity.memory_limit_bytes_total, asked.memory_bytes_total)
      ? [`${who} may use ${gigabytes(parity.memory_limit_bytes_total)} of memory, where ${gigabytes(asked.memory_bytes_total)} were to be had.`]
      : []),
  ];
}

function isFar(has: number, asked: number): boolean {
  return Math.abs(has - asked) > asked * PARITY_TOLERANCE;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
