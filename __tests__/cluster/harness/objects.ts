import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { POOL_LABEL } from '../../../workloads/model/node-pools.js';
import { type KubeHttp } from './kube-http.js';
import { type Container, type Job, type JobSpec, type KubeEvent, type Pod } from './kube-types.js';
import { imageReference } from './phase-manifests.js';

/** A short name that no other test uses. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(3).toString('hex')}`;

export const jobsPath = (namespace: string, name = ''): string => `/apis/batch/v1/namespaces/${namespace}/jobs${name === '' ? '' : `/${name}`}`;
export const podsPath = (namespace: string, name = ''): string => `/api/v1/namespaces/${namespace}/pods${name === '' ? '' : `/${name}`}`;

/** An object of any kind, as it is written down. */
export interface KubeManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Kinds of the whole cluster, which some charts give a namespace all the same. */
const CLUSTER_WIDE = /^(Namespace|Cluster\w+)$/;

/** Where an object of a kind is made: `/apis/batch/v1/namespaces/NS/cronjobs`. */
export function manifestPath({ apiVersion, kind, metadata: { namespace } }: KubeManifest): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const resource = kind === 'NetworkPolicy' ? 'networkpolicies' : `${kind.toLowerCase()}s`;
  return namespace === undefined || CLUSTER_WIDE.test(kind) ? `${group}/${resource}` : `${group}/namespaces/${namespace}/${resource}`;
}

/** An image with a shell in it. */
export const SHELL_IMAGE = imageReference('flow-worker');

/** What of a Job a test may set; of its template: labels, affinity, volumes and fields of the one container. */
type Wishes = Partial<JobSpec>;

/** An Indexed Job whose pods run a script, under the rules of a namespace with restricted pods. */
export function shellJob(name: string, script: string, wishes: Wishes = {}): Job {
  const { metadata, spec: pod } = wishes.template ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      completions: 1, parallelism: 1, completionMode: 'Indexed', backoffLimitPerIndex: 0,
      ...wishes,
      template: {
        metadata: { labels: { job: name, ...metadata?.labels } },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          nodeSelector: { [POOL_LABEL]: 'worker' },
          terminationGracePeriodSeconds: 1,
          securityContext: RESTRICTED_POD,
          containers: [{ ...shellContainer(script), ...pod?.containers[0] }],
          ...(pod?.volumes === undefined ? {} : { volumes: pod.volumes }),
          ...(pod?.affinity === undefined ? {} : { affinity: pod.affinity }),
        },
      },
    },
  };
}

const RESTRICTED_POD = { runAsNonRoot: true, runAsUser: 1_000, runAsGroup: 1_000, fsGroup: 1_000, seccompProfile: { type: 'RuntimeDefault' } };

function shellContainer(script: string): Container {
  return {
    name: 'main', image: SHELL_IMAGE, command: ['sh', '-c', script],
    env: [{ name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
}

/** Answers what is looked for once it is there, and neither null, undefined nor false. */
export type Look<T> = () => T | null | undefined | false | Promise<T | null | undefined | false>;

const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 250;

/** Waits for what is looked for, by asking, ever less often; throws when it does not come. */
export async function eventually<T>(what: string, look: Look<T>, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.1, LONGEST_PAUSE_MS)) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1_000} s`);
    await sleep(pauseMs);
  }
}

/** The Job once it is complete or failed. */
export function finishedJob(api: KubeHttp, namespace: string, name: string, timeoutMs?: number): Promise<Job> {
  return eventually(`end of Job ${name}`, async () => {
    const job = await api.find<Job>(jobsPath(namespace, name));
    return job?.status?.conditions?.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed')) === true ? job : null;
  }, timeoutMs);
}

export async function podsOf(api: KubeHttp, namespace: string, job: string): Promise<Pod[]> {
  const list = await api.ok<{ items: Pod[] }>('GET', podsPath(namespace), { query: { labelSelector: `batch.kubernetes.io/job-name=${job}` } });
  return list.items;
}

/** Waits for a pod of the Job in a phase. */
export function podIn(api: KubeHttp, namespace: string, job: string, phase: string, index = 0): Promise<Pod> {
  return eventually(`a pod of ${job} that is ${phase}`, async () => {
    const pods = await podsOf(api, namespace, job);
    return pods.find(({ status, metadata }) => status?.phase === phase && metadata?.labels?.['batch.kubernetes.io/job-completion-index'] === String(index));
  });
}

/** `Scheduled`, `Pulled`, … about one pod, with their sentences. */
export async function eventsAbout(api: KubeHttp, namespace: string, pod: string): Promise<KubeEvent[]> {
  const list = await api.ok<{ items: KubeEvent[] }>('GET', `/api/v1/namespaces/${namespace}/events`, { query: { fieldSelector: `involvedObject.name=${pod}` } });
  return list.items;
}
