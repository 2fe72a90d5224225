import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1';
import { type ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type EnginePlaces } from '../../workloads/model/engine-places.js';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { coordinatorCronJob } from '../../workloads/model/job-manifest-coordinator.js';
import { type CronJob } from '../../workloads/model/job-manifest-types.js';
import { RESULT_PREFIXES } from '../../workloads/model/physical-names.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';
import { knownShape, shapeProblems } from '../engines/node-room.js';
import { TRINO_RELEASE } from '../engines/trino-values.js';
import { WorkloadIdentity } from '../identity/workload-identity.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';
import { BenchTags } from '../tags/bench-tags.js';
import { type BenchNamespace } from './bench-namespace.js';
import { type CoordinatedEngine, coordinatorRights, type RoleRule } from './coordinator-rights.js';
import { serviceAccountOf } from './service-account.js';
import { terraformCronJob } from './terraform-cron-job.js';

const CRON_FIELDS = 5;

export interface CoordinatorCronJobProps {
  readonly cluster: IBenchCluster;
  /** Where coordinators run. */
  readonly namespace: BenchNamespace;
  /** Image by digest; may be a Terraform expression. */
  readonly image: string;
  readonly project: string;
  /** `alpha`, `beta`, … : told to the coordinator. */
  readonly phase: string;
  readonly region: string;
  readonly datasetBucket: IBenchBucket;
  readonly resultsBucket: IBenchBucket;
  /** Prefixes in the dataset bucket, the default one first (default: none, every run names its own). */
  readonly datasets?: readonly string[];
  /** What its runs drive; decides what it may do in the cluster. */
  readonly engines: readonly CoordinatedEngine[];
  /** Where the engines stand that are not ours; told to the coordinator (default: none). */
  readonly places?: EnginePlaces;
  /** Name of its role in AWS; IAM is global, so it holds stack and region. */
  readonly roleName: string;
  /** Cron expression of five fields, UTC (default: none, the CronJob is suspended and runs are started by hand). */
  readonly schedule?: string;
  /** Arguments of `flowbench` for runs that the schedule starts (default: `run` of the engines on Kubernetes). */
  readonly args?: readonly string[];
  /** Namespaces of the engines, job templates: what must be there before rights on it can be given (default: nothing). */
  readonly after?: readonly ITerraformDependable[];
  /** Deployment of Trino's workers, which the coordinator scales (default `trino-worker`). */
  readonly trinoWorkers?: string;
}

/**
 * The coordinator of a phase, as a CronJob that is suspended unless a schedule is given; every run is a Job
 * made from it. It stands on the system node, so that no measured node does anything else.
 *
 * In the cluster it may do what its engines need and nothing more, by a Role in each namespace concerned and
 * never by a ClusterRole. In AWS it reads the dataset, and reads and writes runs/ and partials/ of the results.
 */
export class CoordinatorCronJob extends Construct {
  readonly identity: WorkloadIdentity;
  readonly cronJobName = JOB_NAMES.coordinator;

  constructor(scope: Construct, id: string, props: CoordinatorCronJobProps) {
    super(scope, id);
    const { cluster, namespace } = props;
    refuse(this, problemsOf(props));
    this.identity = new WorkloadIdentity(this, 'Identity', {
      cluster,
      namespace: namespace.name,
      serviceAccountName: JOB_NAMES.coordinator,
      roleName: props.roleName,
      description: `Coordinator of ${props.project} ${props.phase}: reads the dataset, writes results`,
    });
    props.datasetBucket.grantRead(this.identity);
    for (const prefix of [RESULT_PREFIXES.runs, RESULT_PREFIXES.partials]) {
      props.resultsBucket.grantRead(this.identity, prefix);
      props.resultsBucket.grantWrite(this.identity, prefix);
    }
    const account = serviceAccountOf(this, 'ServiceAccount', namespace, this.identity);
    const bindings = this.bind(account, props);
    new CronJobV1(this, 'CronJob', { ...terraformCronJob(this.manifest(props)), dependsOn: [...namespace.ready, account, ...bindings] });
  }

  /** A Role in each namespace, bound to the one account. */
  private bind(account: ServiceAccountV1, props: CoordinatorCronJobProps): RoleBindingV1[] {
    const rights = coordinatorRights(props.engines, props.namespace.name, { trinoWorkers: props.trinoWorkers ?? `${TRINO_RELEASE}-worker` });
    const dependsOn = [...props.namespace.ready, ...(props.after ?? [])];
    return [...rights].map(([namespace, rules]) => {
      const metadata = { name: JOB_NAMES.coordinator, namespace };
      const role = new RoleV1(this, `Role-${namespace}`, { metadata, rule: rules.map(terraformRule), dependsOn });
      return new RoleBindingV1(this, `RoleBinding-${namespace}`, {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: JOB_NAMES.coordinator },
        subject: [{ kind: 'ServiceAccount', name: JOB_NAMES.coordinator, namespace: props.namespace.name }],
        dependsOn: [role, account, ...dependsOn],
      });
    });
  }

  private manifest(props: CoordinatorCronJobProps): CronJob {
    const { cluster, engines } = props;
    return coordinatorCronJob({
      namespace: props.namespace.name,
      image: props.image,
      serviceAccountName: JOB_NAMES.coordinator,
      node: knownShape(cluster.systemNodeType),
      project: props.project,
      phase: props.phase,
      region: props.region,
      clusterName: cluster.clusterName,
      datasetBucket: props.datasetBucket.bucketName,
      resultsBucket: props.resultsBucket.bucketName,
      datasets: props.datasets ?? [],
      engines,
      ...(props.places === undefined ? {} : { places: props.places }),
      workerNodeType: cluster.nodeType,
      workers: cluster.workers,
      args: props.args ?? ['run', '--target', 'kubernetes', '--engines', engines.map((engine) => (engine === 'ray' ? 'daft' : engine)).join(',')],
      labels: BenchTags.labelsOf(this),
      ...(props.schedule === undefined ? {} : { schedule: props.schedule }),
    });
  }
}

function problemsOf(props: CoordinatorCronJobProps): string[] {
  const { engines, schedule } = props;
  const isCron = schedule === undefined || schedule.trim().split(/\s+/).length === CRON_FIELDS;
  return [
    ...shapeProblems(props.cluster),
    ...(engines.length === 0 ? ['engines is empty: the coordinator would have nothing to drive. Name at least one.'] : []),
    ...(isCron ? [] : [`schedule "${schedule}" is no cron expression of five fields, such as "0 3 * * 1".`]),
  ];
}

function terraformRule(rule: RoleRule): { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] } {
  return {
    apiGroups: [...rule.apiGroups],
    resources: [...rule.resources],
    verbs: [...rule.verbs],
    ...(rule.resourceNames === undefined ? {} : { resourceNames: [...rule.resourceNames] }),
  };
}
