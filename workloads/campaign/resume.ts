import { configurationError, FlowbenchError } from '../model/errors.js';
import type { RunRecord } from '../model/run-record.js';
import { isS3Uri, joinUri } from '../model/storage-uri.js';
import { openStoredRun, requireStoredRun, type StorageOf } from '../results/open-run.js';
import type { StoredRun } from '../results/stored-run.js';
import type { CampaignOptions } from './options.js';
import { parseOptions, targetProblems, type ParseSettings, type RawOptions } from './parse-options.js';
import { flagOf } from './read-options.js';
import { clusterIdOf, nodeShapeOf } from './run-place.js';
import { storedConfigSchema, type StoredConfig } from './stored-config.js';

/** A run to go on with. */
export interface ResumedRun {
  readonly stored: StoredRun;
  readonly config: StoredConfig;
  readonly options: CampaignOptions;
}

/** How options are read, and where runs are found. */
export interface ResumeSettings extends ParseSettings {
  readonly storageOf?: StorageOf;
}

/** The option of the command line → the field it sets. */
const FIELDS: Readonly<Record<Exclude<keyof RawOptions, 'dataset' | 'out'>, keyof CampaignOptions>> = {
  preset: 'preset', engines: 'engines', queries: 'queries', workers: 'workers', runs: 'runs', timeout: 'timeoutMs', executor: 'executors',
  assignment: 'assignments', variants: 'variants', tiers: 'tiers', nullRun: 'nullRun', order: 'order', threadsPerWorker: 'threadsPerWorker', memoryPerWorker: 'memoryPerWorkerBytes',
  duckdbThreads: 'duckdbThreads', price: 'price', seed: 'seed',
};

/**
 * Opens a run to go on with it. It keeps its options: those given again must be the same, only the dataset
 * may have moved. Throws `configuration` with every difference.
 * @param run its folder, `s3://…/runs/<id>`, or its id within the folder of runs
 */
export async function openResumed(run: string, raw: RawOptions, outDir: string, hostCores: number, settings: ResumeSettings = {}): Promise<ResumedRun> {
  const stored = await storedRun(run, outDir, settings);
  const parsed = storedConfigSchema.safeParse(stored.record.config);
  if (!parsed.success) {
    throw new FlowbenchError('configuration', `The run in "${stored.uri}" was made by another version of flowbench (${stored.record.flowbench_version}): its options cannot be read.`, {
      remedy: 'Start a new run.',
    });
  }
  const { options } = parsed.data;
  const problems = [...differingOptions(raw, options, hostCores, settings), ...targetProblems(options, settings)];
  if (problems.length > 0) throw configurationError(problems, 'Leave these options away to go on with the run, or start a new one.');
  const datasetUri = raw.dataset === undefined ? options.datasetUri : parseOptions(raw, hostCores, settings).options.datasetUri;
  return { stored, config: parsed.data, options: { ...options, datasetUri } };
}

async function storedRun(run: string, outDir: string, settings: ResumeSettings): Promise<StoredRun> {
  const direct = await openStoredRun(run, settings);
  if (direct !== null) return direct;
  return requireStoredRun(isS3Uri(run) ? run : joinUri(outDir, run), settings);
}

function differingOptions(raw: RawOptions, recorded: CampaignOptions, hostCores: number, settings: ParseSettings): string[] {
  const given = parseOptions({ dataset: recorded.datasetUri, ...raw }, hostCores, settings);
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
    difference(clusterIdOf(earlier) === null ? 'machine' : 'node shape', nodeShapeOf(earlier), nodeShapeOf(now)),
    difference('cluster', clusterIdOf(earlier), clusterIdOf(now)),
    difference('images', imagesText(earlier), imagesText(now)),
    difference('prices', JSON.stringify(earlier.prices), JSON.stringify(now.prices)),
  ].filter((text) => text !== null);
  if (differences.length === 0) return;
  throw configurationError(differences, `Run ${earlier.run_id} keeps what it has; start a new run for the rest.`);
}

function imagesText({ image_digests: digests }: RunRecord): string {
  return Object.keys(digests).sort().map((name) => `${name} ${digests[name]}`).join(', ') || 'none';
}

function revisionText(record: RunRecord): string {
  if (record.git_sha === null) return 'unknown';
  return record.git_dirty === false ? record.git_sha : `${record.git_sha} with changes`;
}

function difference(what: string, earlier: unknown, now: unknown): string | null {
  return earlier === now ? null : `The ${what} changed since the run was started: it was ${String(earlier)}, now it is ${String(now)}.`;
}
