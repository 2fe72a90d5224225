import { podResources } from '../../../constructs/engines/chart-values.js';
import { trinoSizing } from '../../../constructs/engines/trino-sizing.js';
import { TRINO_CATALOG, TRINO_RELEASE } from '../../../constructs/engines/trino-values.js';
import { jvmFlags } from '../../../workloads/engines/trino/jvm.js';
import { localCatalog, propertiesFile } from '../../../workloads/engines/trino/settings.js';
import { ON_SYSTEM_NODE, ON_WORKER_NODES, onePerNode, RESTRICTED_ENGINE_CONTAINER, restrictedPodOf, TEMPORARY } from '../../../workloads/kubernetes/engines/engine-pods.js';
import { divideHeap } from '../../../workloads/model/trino-memory.js';
import { TRINO_QUERY_PROPERTIES } from '../../../workloads/model/trino-properties.js';
import { NODE } from '../../kubernetes/engines/support.js';
import { type KubeHttp } from '../harness/kube-http.js';
import { TRINO_PLACES } from './trino-image.js';

export interface TrinoRelease {
  readonly namespace: string;
  readonly image: string;
  readonly version: string;
  /** Of the coordinator; a worker takes any, as all pods have one address. */
  readonly port: number;
  /** Processors that a worker says it has, as there is no limit that it could read them from. */
  readonly cores: number;
  readonly s3: { readonly region: string; readonly endpoint: string };
}

type Part = 'coordinator' | 'worker';

/** Sizes that pods ask of nodes are those that are deployed; of the memory of this machine they take less. */
const SIZES = trinoSizing({ worker: NODE, system: NODE, workers: 4 });
const HEAP = divideHeap(640);
const USER = 1_000;
const SERVICE_ACCOUNT = 'trino';
const DATA = { volume: { name: 'data', emptyDir: {} }, mount: { name: 'data', mountPath: TRINO_PLACES.data } };

/**
 * What the chart makes of the values of gamma-stack, as far as a run has to do with it: account, Service, settings
 * and two Deployments by their names, labels, placement and requests. Not the chart: it cannot be had here. Another
 * than deployed is the catalog, whose metastore is a folder of the coordinator, as there is no Glue.
 */
export async function installTrino(api: KubeHttp, release: TrinoRelease): Promise<void> {
  const { namespace, port } = release;
  const core = `/api/v1/namespaces/${namespace}`;
  await api.ok('POST', `${core}/serviceaccounts`, { body: { metadata: { name: SERVICE_ACCOUNT } } });
  await api.ok('POST', `${core}/services`, { body: { metadata: { name: TRINO_RELEASE }, spec: { selector: labelsOf('coordinator'), ports: [{ name: 'http', port }] } } });
  await configMap(api, namespace, 'catalog', { [`${TRINO_CATALOG}.properties`]: propertiesFile(catalogOf(release)) });
  for (const part of ['coordinator', 'worker'] as const) {
    const jvm = jvmFlags({ cores: release.cores, memory: HEAP }).join('\n');
    await configMap(api, namespace, part, { 'jvm.config': `${jvm}\n`, 'config.properties': propertiesFile(configOf(part, release)) });
    await api.ok('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, { body: deploymentOf(part, release) });
  }
}

const labelsOf = (part: Part): Record<string, string> => ({ 'app.kubernetes.io/name': TRINO_RELEASE, 'app.kubernetes.io/instance': TRINO_RELEASE, 'app.kubernetes.io/component': part });
export const TRINO_WORKER_LABELS = labelsOf('worker');

async function configMap(api: KubeHttp, namespace: string, part: string, data: Readonly<Record<string, string>>): Promise<void> {
  await api.ok('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body: { metadata: { name: `${TRINO_RELEASE}-${part}` }, data } });
}

function catalogOf({ version, s3 }: TrinoRelease): Readonly<Record<string, string>> {
  return localCatalog({ version, variant: 'metadata-cache=off', metastoreDir: `${TRINO_PLACES.data}/metastore`, isNested: false, s3 });
}

function configOf(part: Part, { namespace, port }: TrinoRelease): Readonly<Record<string, string>> {
  return {
    coordinator: String(part === 'coordinator'),
    ...(part === 'coordinator' ? { 'node-scheduler.include-coordinator': 'false' } : {}),
    'http-server.http.port': part === 'coordinator' ? String(port) : '0',
    'discovery.uri': `http://${TRINO_RELEASE}.${namespace}:${port}`,
    'query.max-memory': `${HEAP.maxMemoryPerNodeMib * 4}MB`,
    'query.max-memory-per-node': `${HEAP.maxMemoryPerNodeMib}MB`,
    'memory.heap-headroom-per-node': `${HEAP.heapHeadroomMib}MB`,
    ...TRINO_QUERY_PROPERTIES,
  };
}

/** The coordinator and, as a chart that was just installed has it, a worker; the stack's own has one on every node. */
function deploymentOf(part: Part, { image }: TrinoRelease): object {
  const labels = labelsOf(part);
  const placement = part === 'coordinator' ? ON_SYSTEM_NODE : { ...ON_WORKER_NODES, affinity: onePerNode(labels) };
  const mounted = { [TRINO_PLACES.etc]: `${TRINO_RELEASE}-${part}`, [TRINO_PLACES.catalog]: `${TRINO_RELEASE}-catalog` };
  const mounts = Object.entries(mounted).map(([mountPath, name]) => ({ name, mountPath, readOnly: true }));
  return {
    metadata: { name: `${TRINO_RELEASE}-${part}`, labels },
    spec: {
      paused: true, replicas: 1, selector: { matchLabels: labels }, strategy: { type: 'Recreate' },
      template: {
        metadata: { labels },
        spec: {
          ...placement,
          serviceAccountName: SERVICE_ACCOUNT,
          securityContext: restrictedPodOf(USER),
          containers: [{
            name: `${TRINO_RELEASE}-${part}`, image, resources: podResources(SIZES[part].pod), securityContext: RESTRICTED_ENGINE_CONTAINER,
            volumeMounts: [...mounts, DATA.mount, TEMPORARY.mount],
          }],
          volumes: [...Object.values(mounted).map((name) => ({ name, configMap: { name } })), DATA.volume, TEMPORARY.volume],
        },
      },
    },
  };
}
