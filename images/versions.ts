/**
 * The one table of versions, images and prices. Nothing here is invented: a value that no registry or
 * document confirms is marked `unverified` and left to the service's default.
 */

/** Python packages of the private environment that makes datasets (PyPI). */
export const DATAGEN_PACKAGES = {
  'tpchgen-cli': '4.0.0',
  datafusion: '55.0.0',
  'duckdb-extension-tpch': '1.5.5',
} as const;

/**
 * List prices, USD an hour, Linux, on demand. Instances: the table that Karpenter generates from AWS's
 * price list for us-east-1 (us-east-2 lists the same for these families). Control plane: EKS in standard
 * support. Public addresses, storage and requests are not in it.
 */
export const PRICES = {
  asOf: '2026-01-19',
  region: 'us-east-1',
  purchase: 'on-demand',
  controlPlaneUsdPerHour: 0.1,
  instanceUsdPerHour: {
    'm5.xlarge': 0.192,
    'm6i.xlarge': 0.192,
    'm7i.xlarge': 0.2016,
    'm7g.xlarge': 0.1632,
    'm8g.xlarge': 0.17952,
    'c7i.2xlarge': 0.357,
    'c7i.4xlarge': 0.714,
    'r5.2xlarge': 0.504,
    'i4i.4xlarge': 1.373,
    't3.large': 0.0832,
  },
} as const;

/** Versions of Kubernetes that EKS offers, with the last day of each kind of support (AWS, EKS user guide). */
export const KUBERNETES_VERSIONS: Readonly<Record<string, { readonly standardUntil: string; readonly extendedUntil: string }>> = {
  '1.31': { standardUntil: '2025-11-26', extendedUntil: '2026-11-26' },
  '1.32': { standardUntil: '2026-03-23', extendedUntil: '2027-03-23' },
  '1.33': { standardUntil: '2026-07-29', extendedUntil: '2027-07-29' },
  '1.34': { standardUntil: '2026-12-02', extendedUntil: '2027-12-02' },
  '1.35': { standardUntil: '2027-03-27', extendedUntil: '2028-03-27' },
  '1.36': { standardUntil: '2027-08-02', extendedUntil: '2028-08-02' },
};
export const DEFAULT_KUBERNETES_VERSION = '1.35';

/** Image of the nodes; the release within it is the service's newest unless a release version is pinned. */
export const NODE_AMI_TYPES = { x86_64: 'AL2023_x86_64_STANDARD', arm64: 'AL2023_ARM_64_STANDARD' } as const;

/** Add-ons of the cluster. No registry confirms their versions here: left to the service's default for the Kubernetes version. */
export const ADDONS = {
  beforeCompute: { 'vpc-cni': 'unverified', 'kube-proxy': 'unverified' },
  afterCompute: { coredns: 'unverified' },
} as const;

/** Helm charts by repository, name and version. */
export const CHARTS = {
  sparkOperator: { repository: 'https://kubeflow.github.io/spark-operator', chart: 'spark-operator', version: '2.5.2' },
  trino: { repository: 'https://trinodb.github.io/charts', chart: 'trino', version: '1.42.2' },
  kuberayOperator: { repository: 'https://ray-project.github.io/kuberay-helm/', chart: 'kuberay-operator', version: '1.7.0' },
  rayCluster: { repository: 'https://ray-project.github.io/kuberay-helm/', chart: 'ray-cluster', version: '1.7.0' },
} as const;

/** Images of others. No registry of images is at hand to confirm a digest: tags only, `unverified`. */
export const THIRD_PARTY_IMAGES = {
  trino: { repository: 'trinodb/trino', tag: '480', digest: 'unverified' },
  ray: { repository: 'rayproject/ray', tag: '2.57.0-py312', digest: 'unverified' },
} as const;

/** Engines as they are deployed. */
export const ENGINE_VERSIONS = { spark: '3.5.8', trino: '480', ray: '2.57.0', daft: '0.7.26' } as const;

/**
 * Engines as `flowbench engines install` puts them on a machine: from PyPI by the locks beside the images (hashes of
 * every file), from Maven Central by the contents here. Trino's is the newest that is published there as a server.
 */
export const LOCAL_ENGINES = {
  spark: {
    version: '3.5.8',
    java: [17, 11],
    jars: [
      { group: 'org.apache.hadoop', artifact: 'hadoop-aws', version: '3.3.4', type: 'jar', sha256: '53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a' },
      { group: 'com.amazonaws', artifact: 'aws-java-sdk-bundle', version: '1.12.262', type: 'jar', sha256: '873fe7cf495126619997bec21c44de5d992544aea7e632fdc77adb1a0915bae5' },
    ],
  },
  trino: {
    version: '476',
    java: { atLeast: 24 },
    server: { group: 'io.trino', artifact: 'trino-server', version: '476', type: 'tar.gz', sha256: 'cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f' },
    plugins: ['hive'],
  },
  daft: { version: '0.7.26', ray: '2.57.0' },
  ematix: { version: '1.0.0' },
} as const;

/** Java runtimes that PyPI has, by their major version: for a machine without one that an engine takes. */
export const JAVA_PACKAGES = { 17: '17.0.9.2', 25: '25.0.2.1' } as const;

/** Runtime of our Lambda functions; the newest that every supported provider version knows. */
export const LAMBDA_RUNTIME = 'nodejs22.x';

/** Image that CodeBuild builds ours in. */
export const CODEBUILD_IMAGE = 'aws/codebuild/amazonlinux2-x86_64-standard:5.0';

/** Public parameter that names the newest Amazon Linux 2023 image of a region. */
export const MACHINE_IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

/** Terraform CLI and providers: what the bindings were generated from, and what real runs are verified with. */
export const TERRAFORM = { cli: '>= 1.5.0', awsBinding: '6.25.0', awsVerified: '5.100.0', time: '0.13.1' } as const;

/**
 * What our own images stand on: tag, and digest of the index of all platforms, as the publisher's record of its
 * images (docker-library/repo-info on GitHub) told them in September 2026. The size is that of linux/amd64, packed.
 */
export const BASE_IMAGES = {
  node: {
    repository: 'node',
    tag: '22.23.2-bookworm-slim',
    digest: 'sha256:48e4b67d85f87bd551df43704e24d252f56cc5f8e9718841aace50f19948f0f9',
    packedBytes: 79_893_445,
  },
  /** Fetches one file at build time; nothing of it is in an image. */
  python: {
    repository: 'python',
    tag: '3.13.14-slim-bookworm',
    digest: 'sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8',
    packedBytes: 44_324_229,
  },
  /** Builds ematix-flow where it is asked for; only the program is in an image. The same Debian as the worker's base. */
  rust: {
    repository: 'rust',
    tag: '1.98.1-bookworm',
    digest: 'sha256:9a73a5088750b4c95158ab26629c854c3d6fc4b173cb7bc8079ad252d8ed7bfa',
    packedBytes: 562_439_009,
  },
  /** Apache Spark as the publisher of official images builds it, with Java 17 and Python 3.10. */
  spark: {
    repository: 'spark',
    tag: '3.5.8-scala2.12-java17-python3-ubuntu',
    digest: 'sha256:efe94075d9fb606c9ebf4cc8df520bc85b84e1403eb6960f228e11585eb180a0',
    packedBytes: 657_504_198,
  },
  /** Fetches jars at build time; nothing of it is in an image. */
  maven: {
    repository: 'maven',
    tag: '3.9.16-eclipse-temurin-17-noble',
    digest: 'sha256:42a3ac393abbc64dae6c96703e5ead2e921fe9103371ac58b5b404b0d6a26502',
    packedBytes: 230_444_090,
  },
} as const;

/** DuckDB's extension that reads S3, as PyPI has it: the version of the database that it belongs to, and the wheels by their content. */
export const HTTPFS = {
  package: 'duckdb-extension-httpfs',
  version: '1.5.5',
  wheels: {
    x64: 'sha256:84913dbe172ccb54368de2c4a020c38ca8b0e76f99df548f7fac37934cc7826f',
    arm64: 'sha256:567d17e398fc29f7ea4bc42ea277ea19643bd1ad1815f676cb6dd994b50399bb',
  },
  /** Where it lies within the installed package. */
  file: 'duckdb_extension_httpfs/extensions/v1.5.5/httpfs.duckdb_extension',
} as const;
