import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { Construct } from 'constructs';
import { CHARTS, ENGINE_VERSIONS } from '../../images/versions.js';
import { type RayPlace } from '../../workloads/model/engine-places.js';
import { NAMESPACES, RESULT_PREFIXES } from '../../workloads/model/physical-names.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';
import { WorkloadIdentity } from '../identity/workload-identity.js';
import { BenchNamespace } from '../jobs/bench-namespace.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';
import { BenchTags } from '../tags/bench-tags.js';
import { ChartRelease } from './chart-release.js';
import { splitReference } from './image-reference.js';
import { knownShape, shapeProblems } from './node-room.js';
import { raySizing, raySizingProblems } from './ray-sizing.js';
import { KUBERAY_OPERATOR_RELEASE, kubeRayOperatorValues, RAY_CLUSTER_RELEASE, RAY_WORKER_GROUP, rayClusterValues } from './ray-values.js';

export interface KubeRayProps {
  readonly cluster: IBenchCluster;
  readonly project: string;
  readonly region: string;
  /** Read by head and workers. */
  readonly datasetBucket: IBenchBucket;
  /** Gets what a driver reports of its run. */
  readonly resultsBucket: IBenchBucket;
  /** Name of the IAM role of head and workers. */
  readonly roleName: string;
  /** Image with Ray and Daft, by digest: head and workers must run the very same. May be a Terraform expression. */
  readonly image: string;
  /** Where the RayCluster stands. Default: model/physical-names NAMESPACES.ray. */
  readonly namespace?: string;
  /** Where the operator runs. Default: NAMESPACES.rayOperator. */
  readonly operatorNamespace?: string;
}

const SERVICE_ACCOUNT = 'ray';

/**
 * The KubeRay operator and one RayCluster of fixed size: a worker on each worker node with all that it offers,
 * and a head without task slots on the system node, so that no work lands there. The cluster's chart comes after
 * the operator's and goes before it: a RayCluster that outlives its operator hangs on its finalizers. No Redis
 * and no fault tolerance of the head, for the same reason. Head and workers find their role through the service
 * account; Daft turns anonymous without one, which reads like a refusal of S3.
 */
export class KubeRay extends Construct {
  readonly namespace: string;
  /** Name of the RayCluster, for the selector of a RayJob. */
  readonly rayClusterName = RAY_CLUSTER_RELEASE;
  readonly serviceAccountName = SERVICE_ACCOUNT;
  /** Labels of the head's pod, in which the program of a job runs. */
  readonly driverLabels: Readonly<Record<string, string>> = { 'ray.io/cluster': RAY_CLUSTER_RELEASE, 'ray.io/node-type': 'head' };
  readonly identity: WorkloadIdentity;
  readonly operator: ChartRelease;
  readonly rayCluster: ChartRelease;
  private readonly image: string;

  constructor(scope: Construct, id: string, props: KubeRayProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const home = new BenchNamespace(this, 'Namespace', { cluster: props.cluster, name: props.namespace ?? NAMESPACES.ray });
    const operators = new BenchNamespace(this, 'OperatorNamespace', { cluster: props.cluster, name: props.operatorNamespace ?? NAMESPACES.rayOperator });
    this.namespace = home.name;
    this.image = props.image;
    this.identity = new WorkloadIdentity(this, 'Identity', {
      cluster: props.cluster,
      namespace: home.name,
      serviceAccountName: SERVICE_ACCOUNT,
      roleName: props.roleName,
      description: `Ray head and workers of ${props.project}: read datasets, write what they report of a run`,
    });
    props.datasetBucket.grantRead(this.identity);
    props.resultsBucket.grantWrite(this.identity, RESULT_PREFIXES.runs);
    const account = this.account(home);
    this.operator = new ChartRelease(this, 'Operator', {
      chart: CHARTS.kuberayOperator,
      releaseName: KUBERAY_OPERATOR_RELEASE,
      namespace: operators.name,
      values: kubeRayOperatorValues({ watchNamespace: home.name, labels: BenchTags.labelsOf(this) }),
      dependsOn: [...home.ready, ...operators.ready],
    });
    this.rayCluster = new ChartRelease(this, 'Cluster', {
      chart: CHARTS.rayCluster,
      releaseName: RAY_CLUSTER_RELEASE,
      namespace: home.name,
      values: this.clusterValues(props),
      dependsOn: [this.operator.release, account, ...home.ready, ...this.identity.rights],
    });
  }

  /** What a coordinator has to know to send it jobs, and to say how many workers it has. */
  get place(): RayPlace {
    return { namespace: this.namespace, rayCluster: this.rayClusterName, workerGroup: RAY_WORKER_GROUP, image: this.image, rayVersion: ENGINE_VERSIONS.ray };
  }

  /** The chart expects it to be there. Ray needs no Kubernetes API; the role's token is mounted all the same. */
  private account(home: BenchNamespace): ServiceAccountV1 {
    return new ServiceAccountV1(this, 'ServiceAccount', {
      metadata: { name: SERVICE_ACCOUNT, namespace: home.name, annotations: { ...this.identity.annotations } },
      automountServiceAccountToken: false,
      dependsOn: [...home.ready],
    });
  }

  private clusterValues(props: KubeRayProps) {
    const worker = knownShape(props.cluster.nodeType);
    const sizing = raySizing(worker, knownShape(props.cluster.systemNodeType));
    return rayClusterValues({
      image: splitReference(props.image),
      rayVersion: ENGINE_VERSIONS.ray,
      region: props.region,
      workers: props.cluster.workers,
      head: sizing.head,
      worker: sizing.worker,
      workerCpus: worker.vcpus,
      serviceAccountName: SERVICE_ACCOUNT,
      labels: BenchTags.labelsOf(this),
    });
  }
}

function problemsOf(props: KubeRayProps): string[] {
  const unknown = shapeProblems(props.cluster);
  const shared = props.namespace !== undefined && props.namespace === props.operatorNamespace;
  return [
    ...unknown,
    ...(unknown.length === 0 ? raySizingProblems(knownShape(props.cluster.nodeType), knownShape(props.cluster.systemNodeType)) : []),
    ...(shared ? [`namespace and operatorNamespace are both "${props.namespace}": the operator would stand among the pods that it manages. Name two.`] : []),
  ];
}
