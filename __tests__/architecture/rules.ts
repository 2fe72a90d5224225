/**
 * The shape of the project as data: who may import whom, and what no file may hold. The checker
 * (checker.ts) knows how to look; what is allowed is decided here and nowhere else.
 */

/** A part is a folder; the longest folder that holds a file decides its part. */
export interface Part {
  readonly folder: string;
  /** Folders of other parts it may import (a part may always import itself). */
  readonly mayImport: readonly string[];
  /** Packages and `node:` modules it may import; absent: any declared one. */
  readonly packages?: readonly string[];
}

const MODEL = 'workloads/model';
const STORAGE = 'workloads/storage';
const KUBERNETES = 'workloads/kubernetes';
const DUCKDB = 'workloads/duckdb';
const TPCH = 'workloads/tpch';
const DATASET = 'workloads/dataset';
const WORKER = 'workloads/worker';
const COORDINATOR = 'workloads/coordinator';
const ENGINES = 'workloads/engines';
const RESULTS = 'workloads/results';
const CAMPAIGN = 'workloads/campaign';
const REPORT = 'workloads/report';
const CLI = 'workloads/cli';
const CLOUD = 'workloads/cloud';
const IMAGES = 'images';
const CONSTRUCTS = 'constructs';
const STACKS = 'stacks';

const EVERY_PART_BELOW_THE_CLI = [MODEL, STORAGE, KUBERNETES, DUCKDB, TPCH, DATASET, WORKER, COORDINATOR, ENGINES, RESULTS, CAMPAIGN, REPORT, CLOUD, IMAGES];

export const PARTS: readonly Part[] = [
  { folder: IMAGES, mayImport: [], packages: [] },
  { folder: MODEL, mayImport: [], packages: ['zod', 'node:crypto'] },
  { folder: STORAGE, mayImport: [MODEL] },
  { folder: DUCKDB, mayImport: [MODEL] },
  { folder: TPCH, mayImport: [MODEL] },
  { folder: DATASET, mayImport: [MODEL, STORAGE, DUCKDB, TPCH, IMAGES] },
  { folder: WORKER, mayImport: [MODEL, STORAGE, DUCKDB, TPCH, DATASET] },
  { folder: COORDINATOR, mayImport: [MODEL, STORAGE, DUCKDB, TPCH, DATASET] },
  { folder: ENGINES, mayImport: [MODEL, STORAGE, DUCKDB, TPCH, DATASET, COORDINATOR, IMAGES] },
  { folder: RESULTS, mayImport: [MODEL, STORAGE] },
  { folder: CAMPAIGN, mayImport: [MODEL, STORAGE, DUCKDB, TPCH, DATASET, COORDINATOR, ENGINES, RESULTS, IMAGES] },
  { folder: REPORT, mayImport: [MODEL, STORAGE, TPCH, DATASET, COORDINATOR, RESULTS, IMAGES] },
  { folder: CLOUD, mayImport: [MODEL, IMAGES] },
  // Where work units are carried out on a cluster, engines are driven there, and runs are started and followed.
  { folder: KUBERNETES, mayImport: [MODEL, STORAGE, TPCH, COORDINATOR, ENGINES, IMAGES] },
  { folder: CLI, mayImport: EVERY_PART_BELOW_THE_CLI },
  // The schema of the suite becomes tables of a catalogue; nothing else of a program is deployed as text.
  { folder: CONSTRUCTS, mayImport: [MODEL, TPCH, IMAGES] },
  { folder: STACKS, mayImport: [CONSTRUCTS, MODEL, TPCH, IMAGES] },
  { folder: 'bench', mayImport: [...EVERY_PART_BELOW_THE_CLI, CLI] },
  { folder: '__tests__', mayImport: [...EVERY_PART_BELOW_THE_CLI, CLI, CONSTRUCTS, STACKS, 'bench'] },
];

/** Packages of the infrastructure world: no program may need them to run. */
export const INFRASTRUCTURE_PACKAGES = /^(cdktf|constructs|@cdktf\/.*)$/;
/** A provider package without `/lib/<resource>`: importing its root costs seconds and half a gigabyte. */
export const PROVIDER_ROOT = /^@cdktf\/provider-[a-z0-9-]+$/;

/** The only places that may read the environment, the outermost ones; everything else is given its values. */
export const MAY_READ_ENVIRONMENT = [`${CLI}/`, 'stacks/config/', '__tests__/', `${CLOUD}/janitor/lambda.ts`, `${CLOUD}/loader/lambda.ts`];

/**
 * What runs on every start of the command line, `--help` included: of packages it may load only the
 * option parser, and of our own code only what carries no library with it. The rest is loaded by the
 * command that needs it.
 */
export const LOADED_AT_START = {
  files: /^workloads\/cli\/(flowbench|commands\/[^/]+)\.ts$/,
  packages: /^(commander|node:.+)$/,
  own: /^workloads\/(cli\/|model\/(errors|names|queries)\.)/,
} as const;

export const MAX_LINES_OF_CODE = 350;

/** Folders that exist on one person's machine and nowhere else. */
export const MACHINE_PATH = /(?<![\w.~$})])\/(?:home|Users|root|work|mnt)\/\w/;

/**
 * Hosts a file may name: specifications and licences, never where packages are downloaded from. A name
 * without a dot is no host of the internet.
 */
export const ALLOWED_HOSTS: readonly string[] = [
  '127.0.0.1', 'github.com', 'www.apache.org', 'www.w3.org', 'www.tpc.org', 'arrow.apache.org', 'parquet.apache.org',
  // Chart repositories and issuers that deployed things name at run time.
  'kubeflow.github.io', 'trinodb.github.io', 'ray-project.github.io', 'oidc.eks.us-east-2.amazonaws.com',
  // A machine's own metadata.
  '169.254.169.254',
  // The first part of a Terraform provider's address, in states and folders too.
  'registry.terraform.io',
];
/** A Service, which a cluster alone resolves. */
export const CLUSTER_HOST = /\.svc$/;
export const URL_HOST = /\b(?:https?|s3a?|git|ssh):\/\/(?:[^\s/@"'`]+@)?([a-z0-9][a-z0-9.-]*)/gi;
/** Schemes whose first part is a bucket, not a host. */
export const BUCKET_URL = /^s3a?:/i;
/** A download host written without its scheme. */
export const BARE_REGISTRY_HOST = /\b(?:registry|index|proxy|mirror|packages|files|static|deb|archive|repo\d?)\.[a-z0-9-]+\.(?:org|io|com|net|dev)\b/i;

/** Tracked files whose text is not ours: hosts in it are names, not places we download from. */
export const THIRD_PARTY_TEXT = /^(LICENSE|package-lock\.json)$/;
