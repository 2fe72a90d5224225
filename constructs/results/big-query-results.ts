import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member';
import { Construct } from 'constructs';
import { LOADER_ENVIRONMENT } from '../../workloads/model/loader-environment.js';
import { bigQueryDatasetId, identityPoolId } from '../../workloads/model/physical-names.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';
import { audienceOf, LoaderIdentity } from './loader-identity.js';
import { ResultTables } from './result-tables.js';
import { ResultsLoader } from './results-loader.js';

export interface BigQueryResultsProps {
  readonly project: string;
  /** Region of the loader and of the bucket. */
  readonly region: string;
  /** Where runs are stored; objects under `runs/` are loaded as they appear. */
  readonly bucket: IBenchBucket;
  /** Id of the Google Cloud project. */
  readonly projectId: string;
  /** Number of the Google Cloud project. */
  readonly projectNumber: string;
  /** Where BigQuery keeps the data, such as `US`; it cannot be changed later. */
  readonly location: string;
  /** Whether everyone with a Google account may read the results. Default false. */
  readonly publicRead?: boolean;
  /** Whether a destroy may delete what was loaded. Default false: a destroy then stops at the tables. */
  readonly deleteOnDestroy?: boolean;
  /**
   * End of the identity pool's id: 1 to 7 lower-case letters and digits. Default `v1`. Google keeps the id of a
   * deleted pool for 30 days; who destroys and deploys again within them gives another.
   */
  readonly identitySuffix?: string;
  /** Folder of the bundled loader. Default: the one that the package carries. */
  readonly codeFolder?: string;
}

/** Google's limit on the id of a pool. */
const MAX_POOL_ID = 32;
const DEFAULT_SUFFIX = 'v1';

/**
 * Results in BigQuery: tables whose columns come from the result row and the run record, views that show each
 * row once however often it was loaded, and a function that loads new objects of the results bucket. Only that
 * function's role gets into Google Cloud, by workload identity federation: there is no key to leak, in the
 * state or anywhere, and no pod of a cluster has access.
 *
 * With what it protects (deleteOnDestroy false) a destroy stops at the tables, before the identity pool is
 * deleted and its id is lost for 30 days. Storage of results is cents a month; load jobs are free.
 */
export class BigQueryResults extends Construct {
  /** `<project>.<dataset>`. */
  readonly dataset: string;
  readonly loaderRoleArn: string;
  /** The one Google principal with rights to load. */
  readonly loaderMember: string;

  constructor(scope: Construct, id: string, props: BigQueryResultsProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const datasetId = bigQueryDatasetId(props.project);
    const poolId = identityPoolId(props.project, props.identitySuffix ?? DEFAULT_SUFFIX);
    const loader = new ResultsLoader(this, 'Loader', {
      project: props.project,
      region: props.region,
      bucket: props.bucket,
      environment: {
        [LOADER_ENVIRONMENT.googleProjectId]: props.projectId,
        [LOADER_ENVIRONMENT.datasetId]: datasetId,
        [LOADER_ENVIRONMENT.location]: props.location,
        [LOADER_ENVIRONMENT.audience]: audienceOf(props.projectNumber, poolId),
      },
      ...(props.codeFolder === undefined ? {} : { codeFolder: props.codeFolder }),
    });
    const identity = new LoaderIdentity(this, 'Identity', {
      projectId: props.projectId,
      projectNumber: props.projectNumber,
      poolId,
      awsAccountId: loader.function.accountId,
      awsRoleName: loader.function.roleName,
    });
    const tables = new ResultTables(this, 'Tables', {
      projectId: props.projectId,
      datasetId,
      location: props.location,
      publicRead: props.publicRead ?? false,
      deleteOnDestroy: props.deleteOnDestroy ?? false,
      after: identity.ready,
    });
    tables.grantAppend('Loader', identity.member);
    new ProjectIamMember(this, 'RunJobs', { project: props.projectId, role: 'roles/bigquery.jobUser', member: identity.member });
    this.dataset = `${props.projectId}.${tables.datasetId}`;
    this.loaderRoleArn = loader.function.roleArn;
    this.loaderMember = identity.member;
  }
}

function problemsOf(props: BigQueryResultsProps): string[] {
  const { project, projectNumber, identitySuffix = DEFAULT_SUFFIX } = props;
  const poolId = identityPoolId(project, identitySuffix);
  return [
    ...(/^\d+$/.test(projectNumber) ? [] : [`projectNumber "${projectNumber}" must be the number of the Google Cloud project, not its id.`]),
    ...(/^[a-z0-9]{1,7}$/.test(identitySuffix) ? [] : [`identitySuffix "${identitySuffix}" must be 1 to 7 lower-case letters and digits.`]),
    ...(poolId.length <= MAX_POOL_ID ? [] : [`project "${project}" makes the identity pool "${poolId}" of ${poolId.length} characters; Google takes at most ${MAX_POOL_ID}.`]),
    ...(poolId.startsWith('gcp-') ? [`project "${project}" starts with gcp-, which Google keeps for its own identity pools.`] : []),
  ];
}
