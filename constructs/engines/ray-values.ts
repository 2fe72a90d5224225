import { type Allocatable } from '../../workloads/model/node-shapes.js';
import { type ChartValues, environment, type PodResources, podResources } from './chart-values.js';
import { ON_SYSTEM_POOL, ON_WORKER_POOL, onePerNode, RESTRICTED_CONTAINER, restrictedPod } from './placement.js';

export const KUBERAY_OPERATOR_RELEASE = 'kuberay-operator';
/** The release and the RayCluster it makes. */
export const RAY_CLUSTER_RELEASE = 'ray';
export const RAY_WORKER_GROUP = 'workers';
/** User of the image. */
const RAY_USER = 1_000;

export interface KubeRayOperatorChartInput {
  /** The one namespace whose RayClusters and RayJobs the operator works on. */
  readonly watchNamespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Values of the chart `kuberay-operator`. Rights in the watched namespace alone, none over the cluster. */
export function kubeRayOperatorValues(input: KubeRayOperatorChartInput): ChartValues {
  return {
    ...ON_SYSTEM_POOL,
    labels: input.labels,
    singleNamespaceInstall: true,
    watchNamespace: [input.watchNamespace],
    crNamespacedRbacEnable: true,
    service: { type: 'ClusterIP' },
  };
}

export interface RayClusterChartInput {
  /** The image up to the last colon, and after it: the chart joins the two with a colon. */
  readonly image: { readonly repository: string; readonly tag: string };
  readonly rayVersion: string;
  readonly region: string;
  readonly workers: number;
  readonly head: Allocatable;
  readonly worker: Allocatable;
  /** Cores of a worker node, which Ray deals out as task slots. */
  readonly workerCpus: number;
  readonly serviceAccountName: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Values of the chart `ray-cluster`. */
export function rayClusterValues(input: RayClusterChartInput): ChartValues {
  const { workers } = input;
  return {
    fullnameOverride: RAY_CLUSTER_RELEASE,
    image: { repository: input.image.repository, tag: input.image.tag },
    gcsFaultTolerance: { enabled: false },
    service: { type: 'ClusterIP' },
    common: { containerEnv: environment({ AWS_REGION: input.region, DAFT_PROGRESS_BAR: '0', RAY_USAGE_STATS_ENABLED: '0' }) },
    head: {
      ...pod(input, input.head, { 'num-cpus': '0' }),
      ...ON_SYSTEM_POOL,
      rayVersion: input.rayVersion,
    },
    worker: {
      ...pod(input, input.worker, { 'num-cpus': String(input.workerCpus) }),
      ...ON_WORKER_POOL,
      groupName: RAY_WORKER_GROUP,
      replicas: workers,
      // None while nothing is measured here: its nodes are then free for what else is on the cluster.
      minReplicas: 0,
      maxReplicas: workers,
      affinity: onePerNode({ 'ray.io/cluster': RAY_CLUSTER_RELEASE, 'ray.io/node-type': 'worker' }),
    },
  };
}

/** What head and workers have in common. */
function pod(input: RayClusterChartInput, room: Allocatable, rayStartParams: Readonly<Record<string, string>>): ChartValues {
  return {
    labels: input.labels,
    serviceAccountName: input.serviceAccountName,
    resources: withoutCpuLimit(podResources(room)),
    rayStartParams,
    podSecurityContext: restrictedPod(RAY_USER),
    securityContext: RESTRICTED_CONTAINER,
  };
}

/** The chart bounds each pod at one core, which merges with what is requested here into a pod that the API server refuses. */
function withoutCpuLimit(resources: PodResources): ChartValues {
  return { ...resources, limits: { ...resources.limits, cpu: null } };
}
