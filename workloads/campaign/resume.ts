import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { configurationError, FlowbenchError } from '../model/errors.js';
import { RUN_RECORD_FILE } from '../model/names.js';
import type { RunRecord } from '../model/run-record.js';
import { readRun, type StoredRun } from '../results/run-folder.js';
import { campaignOptionsSchema, type CampaignOptions } from './options.js';
import { flagOf, parseOptions, type RawOptions } from './parse-options.js';
import { nodeShapeOf } from './provenance.js';

/** What a run record keeps in `config`, so that the run can be gone on with and nothing else. */
export const storedConfigSchema = z.strictObject({
  options: campaignOptionsSchema,
  /** Of the manifest as it was parsed, to notice one that was edited since. */
  manifest_sha256: z.string(),
  answers_sha256: z.string(),
});
export type StoredConfig = z.infer<typeof storedConfigSchema>;

/** A run to go on with. */
export interface ResumedRun {
  readonly stored: StoredRun;
  readonly config: StoredConfig;
  readonly options: CampaignOptions;
}

/** The option of the command line → the field it sets. */
const FIELDS: Readonly<Record<Exclude<keyof RawOptions, 'dataset' | 'out'>, keyof CampaignOptions>> = {
  preset: 'preset', engines: 'engines', queries: 'queries', workers: 'workers', runs: 'runs', timeout: 'timeoutMs', executor: 'executors',
  assignment: 'assignments', variants: 'variants', threadsPerWorker: 'threadsPerWorker', memoryPerWorker: 'memoryPerWorkerBytes',
  duckdbThreads: 'duckdbThreads', price: 'price', seed: 'seed',
};

/**
 * Opens a run to go on with it. It keeps its options: those given again must be the same, only the dataset
 * may have moved. Throws `configuration` with every difference.
 * @param run its folder, or its id within the folder of runs
 */
export function openResumed(run: string, raw: RawOptions, outDir: string, hostCores: number): ResumedRun {
  const dir = existsSync(join(run, RUN_RECORD_FILE)) ? run : join(outDir, run);
  const stored = readRun(dir);
  const parsed = storedConfigSchema.safeParse(stored.record.config);
  if (!parsed.success) {
    throw new FlowbenchError('configuration', `The run in "${dir}" was made by another version of flowbench (${stored.record.flowbench_version}): its options cannot be read.`, {
      remedy: 'Start a new run.',
    });
  }
  const { options } = parsed.data;
  const problems = differingOptions(raw, options, hostCores);
  if (problems.length > 0) throw configurationError(problems, 'Leave these options away to go on with the run, or start a new one.');
  const datasetUri = raw.dataset === undefined ? options.datasetUri : parseOptions(raw, hostCores).options.datasetUri;
  return { stored, config: parsed.data, options: { ...options, datasetUri } };
}

function differingOptions(raw: RawOptions, recorded: CampaignOptions, hostCores: number): string[] {
  const given = parseOptions({ dataset: recorded.datasetUri, ...raw }, hostCores);
  const differing = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).filter((option) => {
    const field = FIELDS[option];
    return raw[option] !== undefined && JSON.stringify(given.options[field]) !== JSON.stringify(recorded[field]);
  });
  return [
    ...given.problems,
    ...differing.map((option) => `${flagOf(option)} ${raw[option]} is not what the run was started with (${JSON.stringify(recorded[FIELDS[option]])}).`),
  ];
}

/** Throws `configuration` when the rows to come could not stand beside those there are. */
export function checkResumable(earlier: RunRecord, now: RunRecord): void {
  const differences = [
    difference('flowbench version', earlier.flowbench_version, now.flowbench_version),
    difference('revision', revisionText(earlier), revisionText(now)),
    difference('dataset', earlier.dataset_id, now.dataset_id),
    difference('manifest', earlier.config['manifest_sha256'], now.config['manifest_sha256']),
    difference('stored answers', earlier.config['answers_sha256'], now.config['answers_sha256']),
    difference('protocol', earlier.protocol_id, now.protocol_id),
    difference('machine', nodeShapeOf(earlier.host), nodeShapeOf(now.host)),
    difference('prices', JSON.stringify(earlier.prices), JSON.stringify(now.prices)),
  ].filter((text) => text !== null);
  if (differences.length === 0) return;
  throw configurationError(differences, `Run ${earlier.run_id} keeps what it has; start a new run for the rest.`);
}

function revisionText(record: RunRecord): string {
  if (record.git_sha === null) return 'unknown';
  return record.git_dirty === false ? record.git_sha : `${record.git_sha} with changes`;
}

function difference(what: string, earlier: unknown, now: unknown): string | null {
  return earlier === now ? null : `The ${what} changed since the run was started: it was ${String(earlier)}, now it is ${String(now)}.`;
}
