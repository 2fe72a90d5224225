import { createHash } from 'node:crypto';
import { GATE_VERSION } from './gate.js';
import type { CampaignOptions } from './options.js';

/**
 * How a cell is measured. Whatever changes this changes the protocol's id, and rows of two protocols are
 * never put in one table.
 */
const RULES = {
  protocol_version: 2,
  /** Texts of the queries, all with the specification's validation parameters. */
  query_family: 'TPC-H, validation parameters',
  /** From handing the query text to an open session until the last row is decoded in that process. */
  clock: 'query text to last row decoded',
  /** Repetition 1 is stored as cold and left out of the statistics. */
  cold: 'first repetition',
  /** A repetition without an answer ends its cell, so that a DNF costs one timeout; wrong answers do not. */
  after_failure: 'stop the cell',
  gate_version: GATE_VERSION,
  /** What order means: `rotated`, every repetition begins with another engine; the others are still meanwhile. */
  turns: 'one repetition of all queries, order shuffled by the seed and rotated by the repetition',
  /** In a session opened again a query is asked once unrecorded before a warm repetition counts. */
  reopened: 'warmed unrecorded',
} as const;

export function protocolId(options: CampaignOptions): string {
  return hashOf({ ...RULES, order: options.order, runs: options.runs, timeout_ms: options.timeoutMs, memory_per_worker_bytes: options.memoryPerWorkerBytes });
}

/** Of anything that can be JSON; 16 hex digits. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
