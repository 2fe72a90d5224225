/**
 * Names of deployed things. Stacks share nothing but these: the phase that reads a dataset finds its bucket
 * by name, so that every stack is deployed and destroyed alone. Any argument may be a Terraform expression.
 */
export const PHASES = ['alpha', 'beta', 'gamma', 'delta'] as const;
export type Phase = (typeof PHASES)[number];

export const RETAINED_STACKS = ['images-stack', 'datagen-stack', 'results-stack', 'guardrails-stack'] as const;
export const PHASE_STACKS = ['alpha-stack', 'beta-stack', 'gamma-stack', 'delta-stack'] as const;
export const STACKS = [...RETAINED_STACKS, ...PHASE_STACKS] as const;
export type StackName = (typeof STACKS)[number];

/** Images the project builds itself; each has a repository of its own. */
export const OWN_IMAGES = ['flow-worker', 'coordinator', 'spark', 'daft'] as const;
export type OwnImage = (typeof OWN_IMAGES)[number];

export const DEFAULT_PROJECT = 'ematix-flow-bench';
/** The longest project for which every name below keeps within its service's limit (a test synthesises all of them). */
export const MAX_PROJECT_LENGTH = 24;
/** No two hyphens in a row: a database's name would not tell `a--b` from `a-b`. */
export const PROJECT_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Namespaces of the workloads in every phase's cluster. */
export const NAMESPACES = {
  bench: 'flowbench', spark: 'flowbench-spark', trino: 'flowbench-trino', ray: 'flowbench-ray',
  // One for each operator: two phases on one cluster never make the same namespace.
  sparkOperator: 'flowbench-spark-operator', rayOperator: 'flowbench-ray-operator',
} as const;
/** Where the coordinator of a phase runs, and the workers of α: one each, as several phases may share a cluster. */
export const benchNamespace = (phase: Phase): string => `${NAMESPACES.bench}-${phase}`;

export interface Place {
  readonly project: string;
  readonly accountId: string;
  readonly region: string;
}

export const clusterName = (project: string, phase: Phase): string => `${project}-${phase}`;
export const datasetBucketName = (place: Place): string => `${place.project}-data-${place.accountId}-${place.region}`;
export const resultsBucketName = (place: Place): string => `${place.project}-results-${place.accountId}-${place.region}`;
/** Source archives of image builds, and the programs that machines of ours start from. */
export const sourceBucketName = (place: Place): string => `${place.project}-source-${place.accountId}-${place.region}`;

/** IAM names are global: they carry the stack and the region, so that no two stacks ever meet. */
export const iamName = (project: string, stack: string, part: string, region: string): string => `${project}-${stack}-${part}-${region}`;

export const imageRepositoryName = (project: string, image: OwnImage): string => `${project}-${image}`;
export const imageBuilderName = (project: string): string => `${project}-images`;
export const generatorName = (project: string): string => `${project}-datagen`;
export const janitorName = (project: string): string => `${project}-janitor`;
export const loaderName = (project: string): string => `${project}-results-loader`;
export const budgetName = (project: string): string => `${project}-monthly`;
export const alertsTopicName = (project: string): string => `${project}-alerts`;
/** Events that the loader gave up on; what they tell of is still in the results bucket. */
export const loaderFailuresName = (project: string): string => `${project}-results-loader-failures`;

/** Google Cloud: the dataset of results, and the pool that trusts the loader's role (4 to 32 characters). */
export const bigQueryDatasetId = (project: string): string => `${project}_results`.replace(/-/g, '_');
export const identityPoolId = (project: string, suffix: string): string => `${project}-${suffix}`;

export const controlPlaneLogGroup = (cluster: string): string => `/aws/eks/${cluster}/cluster`;
export const lambdaLogGroup = (functionName: string): string => `/aws/lambda/${functionName}`;
export const generatorLogGroup = (project: string): string => `/${project}/datagen`;
export const imageBuilderLogGroup = (project: string): string => `/${project}/images`;

/** One parameter per image holds the reference by digest that the phases run, or {@link NOT_YET}. */
export const imageParameterPath = (project: string): string => `/${project}/images`;
export const imageParameterName = (project: string, image: OwnImage): string => `${imageParameterPath(project)}/${image}`;
/** One parameter per configured dataset holds its verified dataset id, or {@link NOT_YET}. */
export const datasetParameterPath = (project: string): string => `/${project}/datasets`;
export const datasetParameterName = (project: string, prefix: string): string => `${datasetParameterPath(project)}/${prefix}`;
/** Value of a parameter that nothing was written to: SSM takes no empty one. */
export const NOT_YET = 'none';

/** `tpch/sf10`, `tpch/sf0.01-double`: the folder of a dataset in its bucket. */
export function datasetPrefix(scaleFactor: number, numeric: 'decimal' | 'double'): string {
  return `tpch/sf${scaleFactor}${numeric === 'double' ? '-double' : ''}`;
}
/** `tpch_sf10`, `tpch_sf0_01_double`: the same as a name of a database. */
export const datasetDatabase = (project: string, prefix: string): string => `${project}_${prefix}`.replace(/[^a-z0-9]+/g, '_');

/** Where each kind of file lies in the results bucket. */
export const RESULT_PREFIXES = { runs: 'runs/', partials: 'partials/', sparkEvents: 'spark-event-logs/' } as const;
