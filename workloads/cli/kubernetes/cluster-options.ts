import { type ParsedOptions, parseOptions, type RawOptions } from '../../campaign/parse-options.js';
import { measuredEngines, type PhaseFacts } from '../../kubernetes/runs/phase-facts.js';
import { FlowbenchError } from '../../model/errors.js';
import type { Job } from '../../model/job-manifest-types.js';
import { nodeShape, type NodeShape, workerResources } from '../../model/node-shapes.js';
import { RESULT_PREFIXES } from '../../model/physical-names.js';
import { isS3Uri } from '../../model/storage-uri.js';
import { bytesOf, cpusOf } from './quantity.js';

/** The phase that a campaign runs in. */
export interface ClusterPlace {
  readonly facts: PhaseFacts;
  /** What Jobs of workers are made from; null where the engine has workers of its own. */
  readonly template: Job | null;
}

/** Numbers of workers that show a scaling curve, as far as the cluster has nodes. */
const USUAL_WORKERS = [1, 2, 4] as const;
/**
 * Share of a worker pod's memory that the engine may plan with. The rest is for what it does not count: the
 * program itself, allocations beside its buffers, files in memory; a pod above its limit is killed.
 */
export const MEMORY_SHARE = 0.75;
const MEBIBYTE = 2 ** 20;

/**
 * Reads the options of a campaign on a cluster: what was not given is taken from what is deployed, and what the
 * cluster cannot do is a problem like any other, told before anything starts.
 */
export function parseClusterOptions(raw: RawOptions, place: ClusterPlace, settings: { readonly smallestRuns?: number } = {}): ParsedOptions {
  const { facts } = place;
  const named = namedDataset(raw, facts);
  const parsed = parseOptions({ ...clusterDefaults(place, raw), ...named.raw }, 1, { ...settings, target: 'kubernetes', engines: measuredEngines(facts) });
  const tooMany = parsed.options.workers.filter((workers) => workers > facts.workers);
  return {
    options: parsed.options,
    problems: [
      ...parsed.problems,
      ...named.problems,
      ...(raw.duckdbThreads === undefined ? [] : ['--duckdb-threads is for an engine that does not run on a cluster.']),
      ...(raw.out === undefined || isS3Uri(raw.out) ? [] : [`--out ${raw.out} is no location in S3: what a pod writes to its own disk is gone with it.`]),
      ...(tooMany.length === 0 ? [] : [`--workers ${tooMany.join(',')} is more than the ${facts.workers} worker nodes (${facts.nodeType}) of cluster ${facts.cluster}: each worker has a node to itself.`]),
    ],
  };
}

/**
 * A dataset may be named by its prefix in the dataset bucket (`tpch/sf10`), as it is configured. The same is done
 * when a run is gone on with, so that what was given is compared in one form.
 */
export function namedDataset(raw: RawOptions, facts: PhaseFacts): { readonly raw: RawOptions; readonly problems: readonly string[] } {
  const { dataset } = raw;
  if (dataset === undefined || isS3Uri(dataset)) return { raw, problems: [] };
  const prefix = dataset.replace(/^\/+|\/+$/g, '');
  if (facts.datasets.includes(prefix)) return { raw: { ...raw, dataset: `s3://${facts.datasetBucket}/${prefix}` }, problems: [] };
  const known = facts.datasets.length === 0 ? '' : ` or one of ${facts.datasets.join(', ')}`;
  return { raw: { ...raw, dataset: `s3://${facts.datasetBucket}/${prefix}` }, problems: [`--dataset ${dataset} is not in S3, where pods could read it: give s3://bucket/prefix${known}.`] };
}

function clusterDefaults({ facts, template }: ClusterPlace, raw: RawOptions): RawOptions {
  const shape = nodeShape(facts.nodeType);
  const [dataset] = facts.datasets;
  return {
    out: `s3://${facts.resultsBucket}/${RESULT_PREFIXES.runs.replace(/\/$/, '')}`,
    threadsPerWorker: String(shape?.vcpus ?? (template === null ? 1 : coresOf(template))),
    memoryPerWorker: `${Math.floor((workerBytes(template, shape) * MEMORY_SHARE) / MEBIBYTE)}MiB`,
    ...(dataset === undefined ? {} : { dataset: `s3://${facts.datasetBucket}/${dataset}` }),
    ...(raw.preset === undefined ? { workers: usualWorkers(facts.workers) } : {}),
    ...(shape === undefined ? {} : { price: shape.type }),
  };
}

function usualWorkers(nodes: number): string {
  return USUAL_WORKERS.filter((workers) => workers <= nodes).join(',') || '1';
}

function coresOf(template: Job): number {
  return Math.ceil(cpusOf(template.spec.template.spec.containers[0]?.resources.requests['cpu'] ?? '') ?? 1);
}

/** What a pod may take that has a node to itself: of every engine the same. */
function workerBytes(template: Job | null, shape: NodeShape | undefined): number {
  if (template !== null) return memoryBytesOf(template);
  if (shape !== undefined) return workerResources(shape).memoryMib * MEBIBYTE;
  throw new FlowbenchError('configuration', 'The type of the worker nodes has no known memory, by which an engine is given its share.', { remedy: 'Deploy the phase with a type that is known.' });
}

/** What a worker's pod may take at most; every template that we publish has it. */
function memoryBytesOf(template: Job): number {
  const limit = template.spec.template.spec.containers[0]?.resources.limits['memory'] ?? '';
  const bytes = bytesOf(limit);
  if (bytes !== null) return bytes;
  throw new FlowbenchError('configuration', `The Job template's memory limit is "${limit}", which is no amount of memory.`, {
    remedy: 'Deploy the phase again with the version of flowbench that runs it.',
  });
}
