import { Construct } from 'constructs';
import { CHARTS, ENGINE_VERSIONS, THIRD_PARTY_IMAGES } from '../../images/versions.js';
import { type TrinoPlace } from '../../workloads/model/engine-places.js';
import { datasetDatabase, NAMESPACES } from '../../workloads/model/physical-names.js';
import { trinoReleaseProblems } from '../../workloads/model/trino-properties.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';
import { WorkloadIdentity } from '../identity/workload-identity.js';
import { BenchNamespace } from '../jobs/bench-namespace.js';
import { refuse } from '../problems.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';
import { BenchTags } from '../tags/bench-tags.js';
import { ChartRelease } from './chart-release.js';
import { GlueDataset, type Numeric } from './glue-dataset.js';
import { grantGlue } from './glue-grants.js';
import { knownShape, shapeProblems } from './node-room.js';
import { trinoSizing, trinoSizingProblems, type TrinoNodes } from './trino-sizing.js';
import { TRINO_CATALOG, TRINO_PORT, TRINO_RELEASE, trinoValues } from './trino-values.js';

/** A dataset that queries may read. */
export interface TrinoDataset {
  /** Its folder in the dataset bucket, such as tpch/sf10 (model/physical-names datasetPrefix). */
  readonly prefix: string;
  readonly numeric: Numeric;
}

export interface TrinoClusterProps {
  readonly cluster: IBenchCluster;
  /** Begins the names of the Glue databases. Two Trinos in one account and region need two projects. */
  readonly project: string;
  readonly region: string;
  readonly datasetBucket: IBenchBucket;
  /** One Glue database is made for each. */
  readonly datasets: readonly TrinoDataset[];
  /** Name of the IAM role of Trino's pods. */
  readonly roleName: string;
  /** Default: model/physical-names NAMESPACES.trino. */
  readonly namespace?: string;
  /** Release of Trino, which is the tag of its image. Default: images/versions ENGINE_VERSIONS.trino. */
  readonly trinoVersion?: string;
}

const SERVICE_ACCOUNT = 'trino';
/** IAM takes 10,240 characters of inline policy; a dataset takes about 900 of them. */
const MOST_DATASETS = 10;

/**
 * Trino with one worker on each worker node and its coordinator, which gets no work, on the system node.
 * Memory follows from the node types so that Trino's own rules hold; a node too small for that is refused.
 * Tables are declared in Glue, so nobody has to create them; the role reads those tables and their files and
 * may write nothing but the statistics of ANALYZE. Reached inside the cluster only: no load balancer outlives it.
 */
export class TrinoCluster extends Construct {
  readonly namespace: string;
  /** Where the coordinator answers, inside the cluster. */
  readonly serverUrl: string;
  /** The Deployment that is scaled to measure with fewer workers. */
  readonly workerDeployment = `${TRINO_RELEASE}-worker`;
  /** Glue database of each dataset, by its prefix. */
  readonly databases: ReadonlyMap<string, string>;
  readonly identity: WorkloadIdentity;
  readonly release: ChartRelease;
  private readonly version: string;

  constructor(scope: Construct, id: string, props: TrinoClusterProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const namespace = new BenchNamespace(this, 'Namespace', { cluster: props.cluster, name: props.namespace ?? NAMESPACES.trino });
    this.namespace = namespace.name;
    this.version = props.trinoVersion ?? ENGINE_VERSIONS.trino;
    this.serverUrl = `http://${TRINO_RELEASE}.${namespace.name}:${TRINO_PORT}`;
    this.identity = new WorkloadIdentity(this, 'Identity', {
      cluster: props.cluster,
      namespace: namespace.name,
      serviceAccountName: SERVICE_ACCOUNT,
      roleName: props.roleName,
      description: `Trino of ${props.project}: reads the benchmark tables and their files, writes statistics of these tables`,
    });
    const catalog = this.declareDatasets(props);
    this.databases = new Map(props.datasets.map(({ prefix }) => [prefix, datasetDatabase(props.project, prefix)]));
    this.release = new ChartRelease(this, 'Release', {
      chart: CHARTS.trino,
      releaseName: TRINO_RELEASE,
      namespace: namespace.name,
      values: this.values(props),
      dependsOn: [...namespace.ready, ...this.identity.rights, ...catalog.map((dataset) => dataset.database)],
    });
  }

  /** What a coordinator has to know to ask it, and to say how many workers it has. */
  get place(): TrinoPlace {
    const { namespace, serverUrl: url, workerDeployment, databases, version: trinoVersion } = this;
    return { namespace, url, workerDeployment, catalog: TRINO_CATALOG, databases: Object.fromEntries(databases), trinoVersion };
  }

  private declareDatasets(props: TrinoClusterProps): GlueDataset[] {
    const catalog = props.datasets.map(({ prefix, numeric }) => {
      const databaseName = datasetDatabase(props.project, prefix);
      props.datasetBucket.grantRead(this.identity, prefix);
      return new GlueDataset(this, databaseName, { databaseName, bucketName: props.datasetBucket.bucketName, prefix, numeric });
    });
    grantGlue(this.identity, props.region, catalog.map((dataset) => dataset.database));
    return catalog;
  }

  private values(props: TrinoClusterProps) {
    return trinoValues({
      image: { repository: THIRD_PARTY_IMAGES.trino.repository, tag: this.version },
      version: this.version,
      region: props.region,
      workers: props.cluster.workers,
      sizing: trinoSizing(nodesOf(props.cluster)),
      serviceAccountName: SERVICE_ACCOUNT,
      serviceAccountAnnotations: this.identity.annotations,
      labels: BenchTags.labelsOf(this),
    });
  }
}

function nodesOf(cluster: IBenchCluster): TrinoNodes {
  return { worker: knownShape(cluster.nodeType), system: knownShape(cluster.systemNodeType), workers: cluster.workers };
}

function problemsOf(props: TrinoClusterProps): string[] {
  const unknown = shapeProblems(props.cluster);
  const names = props.datasets.map(({ prefix }) => datasetDatabase(props.project, prefix));
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return [
    ...unknown,
    ...(unknown.length === 0 ? trinoSizingProblems(nodesOf(props.cluster)) : []),
    ...trinoReleaseProblems(props.trinoVersion ?? ENGINE_VERSIONS.trino),
    ...(props.datasets.length === 0 ? ['datasets is empty: Trino would have nothing to query. Name at least one.'] : []),
    ...(names.length > MOST_DATASETS ? [`datasets names ${names.length} datasets; the rights on more than ${MOST_DATASETS} do not fit into the policy of one role.`] : []),
    ...twice.map((name) => `two datasets would share the Glue database "${name}"; keep one of them.`),
  ];
}
