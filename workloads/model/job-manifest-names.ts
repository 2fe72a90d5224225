import { createHash } from 'node:crypto';
import { labelValue } from './tags.js';

/** Names in a phase's namespace that the infrastructure gives and the programs look up. */
export const JOB_NAMES = {
  flowWorker: 'flow-worker',
  coordinator: 'coordinator',
  /** ConfigMap with the manifest that Jobs of workers are made from. */
  templateConfigMap: 'flow-worker-job-template',
  templateKey: 'job.json',
} as const;

/** Labels that programs select by. */
export const JOB_LABELS = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'flowbench/run',
  query: 'flowbench/query',
  /** What ran in one open session of an engine (see {@link sessionLabel}). */
  session: 'flowbench/session',
  /** On a Job whose results were taken over: a coordinator that starts again has no use for it. */
  collected: 'flowbench/collected',
} as const;

/** Labels that the Job controller puts on the pods of an Indexed Job. */
export const POD_LABELS = {
  jobName: 'batch.kubernetes.io/job-name',
  jobUid: 'batch.kubernetes.io/controller-uid',
  index: 'batch.kubernetes.io/job-completion-index',
} as const;
export const JOB_APPLICATION = 'flowbench';

/** Where a container finds things. Its own file system is read-only beside these. */
export const JOB_PATHS = { workUnits: '/work-units', spill: '/spill', tmp: '/tmp' } as const;

/** What a worker and a coordinator are told by their pod. */
export const JOB_ENV = {
  podUid: 'FLOWBENCH_POD_UID',
  podName: 'FLOWBENCH_POD_NAME',
  nodeName: 'FLOWBENCH_NODE_NAME',
  namespace: 'FLOWBENCH_NAMESPACE',
  jobName: 'FLOWBENCH_JOB_NAME',
  jobUid: 'FLOWBENCH_JOB_UID',
  /** The run that a warm worker belongs to. */
  runId: 'FLOWBENCH_RUN_ID',
  project: 'FLOWBENCH_PROJECT',
  phase: 'FLOWBENCH_PHASE',
  cluster: 'FLOWBENCH_CLUSTER',
  engines: 'FLOWBENCH_ENGINES',
  datasetBucket: 'FLOWBENCH_DATASET_BUCKET',
  resultsBucket: 'FLOWBENCH_RESULTS_BUCKET',
  nodeType: 'FLOWBENCH_NODE_TYPE',
  workers: 'FLOWBENCH_WORKERS',
  /** `tpch/sf10,tpch/sf100`: prefixes of the datasets that are configured, the default one first. */
  datasets: 'FLOWBENCH_DATASETS',
  /** Where the engine of a phase stands, as JSON (engine-places.ts). */
  spark: 'FLOWBENCH_SPARK',
  trino: 'FLOWBENCH_TRINO',
  ray: 'FLOWBENCH_RAY',
  /** Where a warm worker, or a driver program, finds its coordinator, and the word by which a worker shows which run it belongs to. */
  warmUrl: 'FLOWBENCH_WARM_URL',
  warmToken: 'FLOWBENCH_WARM_TOKEN',
  /** Port of the coordinator that the Service of its namespace leads to. */
  warmPort: 'FLOWBENCH_WARM_PORT',
  /** File of DuckDB's httpfs extension in our images. */
  httpfsFile: 'FLOWBENCH_HTTPFS',
  region: 'AWS_REGION',
} as const;

/** A Job's name becomes the host name of its pods with `-<index>` after it: at most 63 characters together. */
const MAX_JOB_NAME = 63 - '-99999'.length;
const HASH_CHARS = 8;
const MAX_LABEL = 63;

/** `fw`, `20261121T101500Z-a1b2c3`, `Q14`, 2 → `fw-20261121t101500z-a1b2c3-q14-2`; too long: cut, with a hash of the whole. */
export function jobName(...parts: readonly (string | number)[]): string {
  const whole = parts.join('-');
  const plain = whole.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  if (plain.length <= MAX_JOB_NAME) return plain;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_CHARS);
  return `${plain.slice(0, MAX_JOB_NAME - HASH_CHARS - 1).replace(/-+$/, '')}-${hash}`;
}

/** A session's name as the value of a label: cut where it is too long, with a hash of the whole. */
export function sessionLabel(sessionId: string): string {
  const value = labelValue(sessionId);
  return value === sessionId ? value : `${value.slice(0, MAX_LABEL - HASH_CHARS - 1)}-${createHash('sha256').update(sessionId).digest('hex').slice(0, HASH_CHARS)}`;
}

/** Labels of everything that belongs to a run; `kubectl delete jobs,configmaps -l flowbench/run=…` finds it all. */
export function runLabels(runId: string, more: { readonly session?: string; readonly query?: string } = {}): Record<string, string> {
  return {
    [JOB_LABELS.run]: labelValue(runId),
    ...(more.session === undefined ? {} : { [JOB_LABELS.session]: sessionLabel(more.session) }),
    ...(more.query === undefined ? {} : { [JOB_LABELS.query]: labelValue(more.query) }),
  };
}
