import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { type Job } from '../../workloads/model/job-manifest-types.js';
import { flowWorkerJobTemplate } from '../../workloads/model/job-manifest.js';
import { iamName, RESULT_PREFIXES } from '../../workloads/model/physical-names.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';
import { knownShape, shapeProblems } from '../engines/node-room.js';
import { type IGrantee } from '../identity/grantee.js';
import { WorkloadIdentity } from '../identity/workload-identity.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';
import { BenchTags } from '../tags/bench-tags.js';
import { type BenchNamespace } from './bench-namespace.js';
import { serviceAccountOf } from './service-account.js';

export interface FlowWorkerJobTemplateProps {
  readonly cluster: IBenchCluster;
  readonly namespace: BenchNamespace;
  /** Image by digest; may be a Terraform expression. */
  readonly image: string;
  readonly project: string;
  readonly region: string;
  readonly datasetBucket: IBenchBucket;
  readonly resultsBucket: IBenchBucket;
  /** Name of the workers' role (default: project, `alpha-stack`, `flow-worker` and region). */
  readonly roleName?: string;
  /** Most that a worker may spill to the node's disk, in GiB (default 30). */
  readonly spillGib?: number;
}

/**
 * What Jobs of workers are made from: the manifest in a ConfigMap, and the service account their pods run as.
 * No Job is made here: Terraform would wait for it, and see its end as drift.
 *
 * A worker may read the dataset and what lies under partials/, and put new objects there: it can neither
 * overwrite nor delete nor list. IAM cannot tell one run from another by a service account, so runs are kept
 * apart by that: a worker of one run cannot change an object of another, and finds none whose name it was not
 * given. It has no access to the Kubernetes API.
 */
export class FlowWorkerJobTemplate extends Construct {
  readonly identity: WorkloadIdentity;
  /** What a coordinator of Jobs depends on. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: FlowWorkerJobTemplateProps) {
    super(scope, id);
    const { cluster, namespace, project, region } = props;
    refuse(this, shapeProblems(cluster));
    this.identity = new WorkloadIdentity(this, 'Identity', {
      cluster,
      namespace: namespace.name,
      serviceAccountName: JOB_NAMES.flowWorker,
      roleName: props.roleName ?? iamName(project, 'alpha-stack', JOB_NAMES.flowWorker, region),
      description: `Workers of ${project}: read the dataset, put new partial results`,
    });
    props.datasetBucket.grantRead(this.identity);
    grantPartials(this.identity, props.resultsBucket);
    const account = serviceAccountOf(this, 'ServiceAccount', namespace, this.identity);
    const template = new ConfigMapV1(this, 'Template', {
      metadata: { name: JOB_NAMES.templateConfigMap, namespace: namespace.name },
      data: { [JOB_NAMES.templateKey]: JSON.stringify(this.manifest(props)) },
      dependsOn: [...namespace.ready],
    });
    this.ready = [...namespace.ready, account, template];
  }

  private manifest(props: FlowWorkerJobTemplateProps): Job {
    return flowWorkerJobTemplate({
      namespace: props.namespace.name,
      image: props.image,
      serviceAccountName: JOB_NAMES.flowWorker,
      node: knownShape(props.cluster.nodeType),
      region: props.region,
      labels: BenchTags.labelsOf(this),
      ...(props.spillGib === undefined ? {} : { spillGib: props.spillGib }),
    });
  }
}

/**
 * New objects under partials/, and reading what lies there. A plain upload must say that the object may not
 * exist yet; of a multipart upload only its end makes an object, so the condition is on that.
 */
function grantPartials(worker: IGrantee, bucket: IBenchBucket): void {
  const resources = [`${bucket.bucketArn}/${RESULT_PREFIXES.partials}*`];
  worker.addToPolicy({ sid: 'ReadPartials', actions: ['s3:GetObject'], resources });
  worker.addToPolicy({ sid: 'CreatePartials', actions: ['s3:PutObject'], resources, conditions: { Null: { 's3:if-none-match': 'false' } } });
  worker.addToPolicy({ sid: 'UploadParts', actions: ['s3:PutObject'], resources, conditions: { Bool: { 's3:ObjectCreationOperation': 'false' } } });
  worker.addToPolicy({ sid: 'AbortUploads', actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], resources });
}
