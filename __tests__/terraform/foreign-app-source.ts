/**
 * The infrastructure of another team, as they would write it: their own provider, backend and network, and of
 * ours a cluster, the Spark operator on it, a bucket, and the tags.
 */
export const FOREIGN_APP = `
import { App, S3Backend, TerraformStack } from 'cdktf';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TimeProvider } from '@cdktf/provider-time/lib/provider';
import { Construct } from 'constructs';
import { BenchCluster, BenchNetwork, BenchTags, DatasetBucket, type IBenchNetwork, ResultsBucket, SparkOperator } from 'flowbench/constructs';

const region = 'eu-central-1';

class OurStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new S3Backend(this, { bucket: 'our-state', key: 'bench.tfstate', region });
    new AwsProvider(this, 'aws', { region });
    new HelmProvider(this, 'helm', {});
    new KubernetesProvider(this, 'kubernetes', {});
    new TimeProvider(this, 'time', {});
    new BenchTags(this, 'Tags', { project: 'our-bench', owner: 'our-team', lifecycle: 'ephemeral', maxLifetimeHours: 8 });
    const datasetBucket = new DatasetBucket(this, 'Datasets', { bucketName: 'our-bench-data' });
    const resultsBucket = new ResultsBucket(this, 'Results', { bucketName: 'our-bench-results' });
    const cluster = new BenchCluster(this, 'Cluster', { clusterName: 'our-bench', region, network: this.network(), adminCidrs: ['203.0.113.4/32'], workers: 2 });
    new SparkOperator(this, 'Spark', { cluster, project: 'our-bench', region, datasetBucket, resultsBucket, roleName: 'our-bench-spark' });
  }

  private network(): IBenchNetwork {
    const vpc = new Vpc(this, 'vpc', { cidrBlock: '10.9.0.0/16' });
    const subnets = ['a', 'b'].map((zone, index) => new Subnet(this, 'subnet-' + zone, { vpcId: vpc.id, cidrBlock: '10.9.' + index + '.0/24', availabilityZone: region + zone }));
    const nodes = new SecurityGroup(this, 'nodes', { vpcId: vpc.id });
    return BenchNetwork.fromAttributes(this, 'Network', { vpcId: vpc.id, subnetIds: subnets.map((subnet) => subnet.id), nodeSecurityGroupId: nodes.id });
  }
}

const app = new App({ outdir: 'cdktf.out' });
new OurStack(app, 'our-stack');
app.synth();
`;

const COMPILER = { target: 'ES2022', lib: ['ES2022'], strict: true, noEmitOnError: true, esModuleInterop: true, skipLibCheck: false, types: ['node'], outDir: 'out' } as const;

/** The two ways in which TypeScript finds modules for a CommonJS project; cdktf's own template has the older. */
export const RESOLUTIONS = {
  node10: { ...COMPILER, module: 'commonjs', moduleResolution: 'node10' },
  node16: { ...COMPILER, module: 'node16', moduleResolution: 'node16' },
} as const;
