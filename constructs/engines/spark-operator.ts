import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { Construct } from 'constructs';
import { CHARTS, ENGINE_VERSIONS } from '../../images/versions.js';
import { type SparkPlace } from '../../workloads/model/engine-places.js';
import { NAMESPACES, RESULT_PREFIXES } from '../../workloads/model/physical-names.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';
import { WorkloadIdentity } from '../identity/workload-identity.js';
import { BenchNamespace } from '../jobs/bench-namespace.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';
import { BenchTags } from '../tags/bench-tags.js';
import { ChartRelease } from './chart-release.js';
import { knownShape, shapeProblems, sparkDriverRoom } from './node-room.js';
import { SPARK_OPERATOR_RELEASE, SPARK_WEBHOOK_PORT, sparkOperatorValues } from './spark-values.js';

export interface SparkOperatorProps {
  readonly cluster: IBenchCluster;
  readonly project: string;
  readonly region: string;
  /** Read by drivers and executors. */
  readonly datasetBucket: IBenchBucket;
  /** Gets the event logs and what a driver reports of its run. */
  readonly resultsBucket: IBenchBucket;
  /** Name of the IAM role of drivers and executors. */
  readonly roleName: string;
  /** Where SparkApplications are made. Default: model/physical-names NAMESPACES.spark. */
  readonly jobNamespace?: string;
  /** Where the operator runs. Default: NAMESPACES.sparkOperator. */
  readonly operatorNamespace?: string;
}

/** Class of the AWS SDK that Hadoop 3.3 brings, which reads the token of the service account. */
const CREDENTIALS_PROVIDER = 'com.amazonaws.auth.WebIdentityTokenCredentialsProvider';
/** Kept below the prefix of event logs: S3A deletes an empty `prefix/` once it has written there, but not this. */
const EVENT_LOG_MARKER = `${RESULT_PREFIXES.sparkEvents}.keep`;

/**
 * The Spark operator on the system node, and a namespace in which it starts SparkApplications under a service
 * account with a role of its own. Both namespaces hold pods to the `restricted` level: the operator's keep it as
 * the chart has them; drivers and executors (user 185) keep it when their pod templates say so. Where Spark
 * writes event logs the folder must exist before it starts, so an object is put there; one that is gone, or
 * whose bucket is, stops no destroy.
 */
export class SparkOperator extends Construct {
  readonly jobNamespace: string;
  /** Service account of drivers and executors. */
  readonly serviceAccountName = 'spark';
  /** What every SparkApplication is told: where event logs go, and how S3 is reached with the role of its service account. */
  readonly sparkConf: Readonly<Record<string, string>>;
  readonly identity: WorkloadIdentity;
  readonly release: ChartRelease;
  /** Labels that Spark gives the pod of every driver. */
  readonly driverLabels: Readonly<Record<string, string>> = { 'spark-role': 'driver' };
  private readonly systemNodeType: string;

  constructor(scope: Construct, id: string, props: SparkOperatorProps) {
    super(scope, id);
    const jobNamespace = props.jobNamespace ?? NAMESPACES.spark;
    const operatorNamespace = props.operatorNamespace ?? NAMESPACES.sparkOperator;
    this.systemNodeType = props.cluster.systemNodeType;
    refuse(this, [...shapeProblems(props.cluster), ...(jobNamespace === operatorNamespace ? [`jobNamespace and operatorNamespace are both "${jobNamespace}": a driver may delete every pod of its namespace, the operator's too. Name two.`] : [])]);
    const jobs = new BenchNamespace(this, 'JobNamespace', { cluster: props.cluster, name: jobNamespace });
    const operator = new BenchNamespace(this, 'OperatorNamespace', { cluster: props.cluster, name: operatorNamespace });
    this.jobNamespace = jobs.name;
    this.identity = new WorkloadIdentity(this, 'Identity', {
      cluster: props.cluster,
      namespace: jobs.name,
      serviceAccountName: this.serviceAccountName,
      roleName: props.roleName,
      description: `Spark drivers and executors of ${props.project}: read datasets, write event logs and what they report of a run`,
    });
    grantSpark(this.identity, props);
    this.sparkConf = {
      'spark.eventLog.enabled': 'true',
      'spark.eventLog.dir': `s3a://${props.resultsBucket.bucketName}/${RESULT_PREFIXES.sparkEvents}`,
      'spark.hadoop.fs.s3a.endpoint.region': props.region,
      'spark.hadoop.fs.s3a.aws.credentials.provider': CREDENTIALS_PROVIDER,
    };
    new S3Object(this, 'EventLogFolder', { bucket: props.resultsBucket.bucketName, key: EVENT_LOG_MARKER, content: 'Spark event logs lie beside this file.\n' });
    this.release = new ChartRelease(this, 'Release', {
      chart: CHARTS.sparkOperator,
      releaseName: SPARK_OPERATOR_RELEASE,
      namespace: operator.name,
      values: this.values(),
      dependsOn: [...jobs.ready, ...this.identity.rights, this.openWebhook(operator)],
    });
  }

  /** What a coordinator has to know to have applications of this image run here. */
  place(image: string): SparkPlace {
    const { jobNamespace: namespace, serviceAccountName: serviceAccount, sparkConf } = this;
    return { namespace, image, serviceAccount, sparkVersion: ENGINE_VERSIONS.spark, sparkConf: { ...sparkConf }, driver: sparkDriverRoom(knownShape(this.systemNodeType)) };
  }

  private values() {
    return sparkOperatorValues({
      jobNamespace: this.jobNamespace,
      serviceAccountName: this.serviceAccountName,
      serviceAccountAnnotations: this.identity.annotations,
      labels: BenchTags.labelsOf(this),
    });
  }

  /** The API server, which calls the webhook, is in no namespace: what the namespace's own policy lets in does not include it. */
  private openWebhook(operator: BenchNamespace): NetworkPolicyV1 {
    return new NetworkPolicyV1(this, 'WebhookIngress', {
      metadata: { name: 'webhook-from-api-server', namespace: operator.name },
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/instance': SPARK_OPERATOR_RELEASE, 'app.kubernetes.io/component': 'webhook' } },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ protocol: 'TCP', port: String(SPARK_WEBHOOK_PORT) }] }],
      },
      dependsOn: [...operator.ready],
    });
  }
}

/**
 * S3A asks for a folder under its bare name before it lists it. Without the right to list the bucket, and to
 * read that name, S3 answers 403 to what is merely not there, and S3A gives up.
 */
function grantSpark(identity: WorkloadIdentity, props: SparkOperatorProps): void {
  const written = [RESULT_PREFIXES.sparkEvents, RESULT_PREFIXES.runs];
  props.datasetBucket.grantRead(identity);
  for (const prefix of written) props.resultsBucket.grantWrite(identity, prefix);
  const { bucketArn } = props.resultsBucket;
  identity.addToPolicy({ sid: 'ProbeResults', actions: ['s3:ListBucket'], resources: [bucketArn] });
  identity.addToPolicy({
    sid: 'ReadBackResults',
    actions: ['s3:GetObject'],
    resources: written.flatMap((prefix) => [`${bucketArn}/${prefix.replace(/\/$/, '')}`, `${bucketArn}/${prefix}*`]),
  });
}
