import { propertyLines, TRINO_QUERY_PROPERTIES } from '../../workloads/model/trino-properties.js';
import { type ChartValues, podResources } from './chart-values.js';
import { ON_SYSTEM_POOL, ON_WORKER_POOL, onePerNode, restrictedPod } from './placement.js';
import { hiveCatalog } from './trino-catalog.js';
import { type TrinoMemory, type TrinoSizing } from './trino-sizing.js';

/** The release, which also names the Deployments (`trino-worker`) and the Service. */
export const TRINO_RELEASE = 'trino';
export const TRINO_PORT = 8_080;
export const TRINO_CATALOG = 'hive';
/** User of the image. */
const TRINO_USER = 1_000;

export interface TrinoChartInput {
  readonly image: { readonly repository: string; readonly tag: string };
  readonly version: string;
  readonly region: string;
  readonly workers: number;
  readonly sizing: TrinoSizing;
  readonly serviceAccountName: string;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Values of the chart `trino`. */
export function trinoValues(input: TrinoChartInput): ChartValues {
  const { worker, coordinator, maxMemoryMib } = input.sizing;
  return {
    commonLabels: input.labels,
    image: { repository: input.image.repository, tag: input.image.tag },
    server: { workers: input.workers, config: { query: { maxMemory: `${maxMemoryMib}MB` } } },
    // The chart's sample catalogs go: a query over generated rows must not be taken for one over the dataset.
    catalogs: { tpch: null, tpcds: null, [TRINO_CATALOG]: propertyLines(hiveCatalog(input.version, input.region)).join('\n') },
    additionalConfigProperties: propertyLines(TRINO_QUERY_PROPERTIES),
    serviceAccount: { create: true, name: input.serviceAccountName, annotations: input.serviceAccountAnnotations },
    service: { type: 'ClusterIP', port: TRINO_PORT },
    securityContext: restrictedPod(TRINO_USER),
    coordinator: { ...process(coordinator), config: { ...memoryConfig(coordinator), nodeScheduler: { includeCoordinator: false } }, ...ON_SYSTEM_POOL },
    worker: {
      ...process(worker),
      config: memoryConfig(worker),
      ...ON_WORKER_POOL,
      affinity: onePerNode({ 'app.kubernetes.io/instance': TRINO_RELEASE, 'app.kubernetes.io/component': 'worker' }),
    },
  };
}

function process(memory: TrinoMemory): ChartValues {
  return {
    // A pod that has a node to itself cannot start beside the one that it replaces.
    deployment: { strategy: { type: 'Recreate' } },
    jvm: { maxHeapSize: `${memory.heapMib}M` },
    resources: podResources(memory.pod),
  };
}

function memoryConfig(memory: TrinoMemory): ChartValues {
  return { query: { maxMemoryPerNode: `${memory.maxMemoryPerNodeMib}MB` }, memory: { heapHeadroomPerNode: `${memory.heapHeadroomMib}MB` } };
}
