import { type ITerraformDependable } from 'cdktf';
import { type Construct } from 'constructs';
import {
  BenchCluster, BenchNamespace, BenchNetwork, type CoordinatedEngine, CoordinatorCronJob, DatasetBucket, type IBenchBucket, type IBenchCluster, KnownDatasets, PublishedImages, ResultsBucket,
} from '../constructs/index.js';
import { type EnginePlaces } from '../workloads/model/engine-places.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { benchNamespace, clusterName, datasetBucketName, datasetPrefix, iamName, type OwnImage, type Phase, resultsBucketName } from '../workloads/model/physical-names.js';
import { BenchStack } from './bench-stack.js';
import { kubernetesProvider } from './cluster-providers.js';
import { ExistingBuckets } from './existing-buckets.js';

export interface PhaseParts {
  readonly phase: Phase;
  /** Images that the phase runs beside the coordinator's. */
  readonly images: readonly OwnImage[];
}

/** Addresses for documentation, which are nobody's. An empty list would let everybody in, as EKS reads it. */
const NO_ADMIN_CIDRS = ['192.0.2.1/32'];

/**
 * A phase of the benchmark: a network and a cluster of its own, or a cluster that exists; the coordinator; and
 * what a subclass puts beside it. Datasets, results and images are those of other stacks, found by name, so that
 * a phase is destroyed whether or not they are still there. Ephemeral.
 */
export abstract class PhaseStack extends BenchStack {
  protected readonly cluster: IBenchCluster;
  protected readonly namespace: BenchNamespace;
  protected readonly datasetBucket: IBenchBucket;
  protected readonly resultsBucket: IBenchBucket;
  protected readonly images: PublishedImages;
  private readonly phase: Phase;

  constructor(scope: Construct, config: BenchConfig, parts: PhaseParts) {
    super(scope, `${parts.phase}-stack`, config);
    const { project, region } = config;
    this.phase = parts.phase;
    this.datasetBucket = DatasetBucket.fromBucketName(this, 'Datasets', datasetBucketName(this.place));
    this.resultsBucket = ResultsBucket.fromBucketName(this, 'Results', resultsBucketName(this.place));
    this.images = new PublishedImages(this, 'Images', { project });
    this.cluster = config.cluster.attachTo === undefined ? this.ownCluster() : this.existingCluster(config.cluster.attachTo);
    kubernetesProvider(this, this.cluster, region);
    this.namespace = new BenchNamespace(this, 'Namespace', { cluster: this.cluster, name: benchNamespace(parts.phase), openTo: 'nobody' });
    this.requireWhatOthersMake(['coordinator', ...parts.images]);
    this.tellHowToReachIt();
  }

  /** Name of an IAM role of this stack. */
  protected roleName(part: string): string {
    return iamName(this.config.project, `${this.phase}-stack`, part, this.config.region);
  }

  /**
   * The coordinator, which measures the engine of the phase.
   *
   * @param after what makes the namespaces that it gets rights in
   * @param places where the engine stands, if it is not ours
   */
  protected coordinate(engine: CoordinatedEngine, after: readonly ITerraformDependable[], places: EnginePlaces = {}): void {
    const { project, region, schedule, datasets } = this.config;
    new CoordinatorCronJob(this, 'Coordinator', {
      cluster: this.cluster,
      namespace: this.namespace,
      image: this.images.reference('coordinator'),
      project,
      phase: this.phase,
      region,
      datasetBucket: this.datasetBucket,
      resultsBucket: this.resultsBucket,
      datasets: datasets.map(({ scaleFactor, numeric }) => datasetPrefix(scaleFactor, numeric)),
      engines: [engine],
      places,
      roleName: this.roleName('coordinator'),
      after,
      ...(schedule === undefined ? {} : { schedule }),
    });
  }

  private ownCluster(): IBenchCluster {
    const { vpcCidr, availabilityZones, nodeReleaseVersion, ...shape } = this.config.cluster;
    const { project, region, adminCidrs, allowAnyCidr, adminPrincipalArns } = this.config;
    const name = clusterName(project, this.phase);
    const network = new BenchNetwork(this, 'Network', {
      name,
      region,
      vpcCidr,
      bucketNames: [this.datasetBucket.bucketName, this.resultsBucket.bucketName],
      ...(availabilityZones === undefined ? {} : { availabilityZones }),
    });
    return new BenchCluster(this, 'Cluster', {
      clusterName: name,
      region,
      network,
      adminCidrs: adminCidrs ?? NO_ADMIN_CIDRS,
      allowAnyCidr,
      ...shape,
      ...(adminPrincipalArns.length === 0 ? {} : { adminPrincipalArns }),
      ...(nodeReleaseVersion === undefined ? {} : { nodeReleaseVersion }),
    });
  }

  private existingCluster(name: string): IBenchCluster {
    const { nodeType, systemNodeType, workers } = this.config.cluster;
    return BenchCluster.fromClusterName(this, 'Cluster', { clusterName: name, nodeType, systemNodeType, workers });
  }

  private requireWhatOthersMake(images: readonly OwnImage[]): void {
    const buckets = new ExistingBuckets(this, 'Buckets', this.config.project);
    const datasets = new KnownDatasets(this, 'KnownDatasets', { project: this.config.project });
    for (const [what, bucket, stack] of [['dataset', this.datasetBucket, 'datagen-stack'], ['results', this.resultsBucket, 'results-stack']] as const) {
      this.checks.require(`Bucket-${what}`, buckets.has(bucket.bucketArn),
        `There is no ${what} bucket of the project in this account and region. Deploy ${stack} first; if you just did, wait a minute, as AWS lists new tags with a delay.`);
    }
    for (const image of images) {
      this.checks.require(`Image-${image}`, this.images.isPublished(image), `The image ${image} is not published. Deploy images-stack, then run "flowbench images publish".`);
    }
    for (const { scaleFactor, numeric } of this.config.datasets) {
      const prefix = datasetPrefix(scaleFactor, numeric);
      const remedy = `Deploy datagen-stack, then run "flowbench datagen --target ec2 --sf ${scaleFactor}", or take it out of datasets.`;
      this.checks.require(`Dataset-${prefix}`, datasets.isVerified(prefix), `There is no verified dataset under ${prefix}. ${remedy}`);
    }
  }

  private tellHowToReachIt(): void {
    const { clusterName: name } = this.cluster;
    this.say('cluster_name', name, 'The cluster that the phase runs on.');
    this.say('kubeconfig_command', `aws eks update-kubeconfig --region ${this.config.region} --name ${name}`, 'Writes the access to the cluster into your kubeconfig.');
    this.say('dataset_bucket', this.datasetBucket.bucketName, 'Bucket of the datasets.');
    this.say('results_bucket', this.resultsBucket.bucketName, 'Bucket of results, partial results and event logs.');
  }
}
