import * as z from 'zod';
import type { ExecutorKind } from '../engines/contract.js';
import { QUERY_IDS } from '../model/queries.js';
import { ENGINE_IDS } from '../model/result-row.js';

export const EXECUTOR_KINDS = ['warm', 'process', 'job', 'warm-job'] as const satisfies readonly ExecutorKind[];
export const ASSIGNMENT_KINDS = ['balanced', 'contiguous', 'random'] as const;
/** `rotated`: engines take turns, a repetition each; `sequential`: one is measured to its end before the next is opened. */
export const ORDERS = ['rotated', 'sequential'] as const;
export type Order = (typeof ORDERS)[number];

/** What a campaign measures and how, nothing optional and nothing left to guess; stored in the run record. */
export const campaignOptionsSchema = z.strictObject({
  datasetUri: z.string(),
  /** Folder, of this machine or in S3, in which the run's own folder is made. */
  outDir: z.string(),
  preset: z.string().nullable(),
  engines: z.array(z.enum(ENGINE_IDS)).readonly(),
  queries: z.array(z.enum(QUERY_IDS)).readonly(),
  workers: z.array(z.int().positive()).readonly(),
  /** Repetitions of each cell, the cold first one included. */
  runs: z.int().positive(),
  /** Of one query. */
  timeoutMs: z.number().positive(),
  executors: z.array(z.enum(EXECUTOR_KINDS)).readonly(),
  assignments: z.array(z.enum(ASSIGNMENT_KINDS)).readonly(),
  /** Which of an engine's variants: `default` (the first), `all`, whole names, or values of its switch such as `off` and `on`. */
  variants: z.array(z.string()).readonly(),
  /** Which of an engine's sets of settings: `default`, names of others, or `all`. */
  tiers: z.array(z.string()).readonly(),
  /** The engine whose first series is measured a second time, which shows the noise; null for none. */
  nullRun: z.enum(ENGINE_IDS).nullable(),
  order: z.enum(ORDERS),
  threadsPerWorker: z.int().positive(),
  memoryPerWorkerBytes: z.int().positive(),
  /** Threads of a single-process engine. */
  duckdbThreads: z.int().positive(),
  /** Node shape whose prices are applied; null for no cost. */
  price: z.string().nullable(),
  /** Of the order in which engines take turns, and of `random` assignments. */
  seed: z.int().nonnegative(),
});
export type CampaignOptions = z.infer<typeof campaignOptionsSchema>;

/** What is measured, without where data and results lie: two machines may agree on it. */
export function settingsOf(options: CampaignOptions): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'datasetUri' && name !== 'outDir'));
}
