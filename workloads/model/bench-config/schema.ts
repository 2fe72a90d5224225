import * as z from 'zod';
import { DEFAULT_PROJECT, MAX_PROJECT_LENGTH, PROJECT_PATTERN } from '../physical-names.js';
import { EPHEMERAL_HOURS, RETAINED_HOURS, TAG_VALUE } from '../tags.js';

/**
 * What is deployed, as a person writes it: strict, every field with a default but `owner` and `adminCidrs`.
 * Read by the stacks (context profile and flowbench.config.json) and by the commands that work on what was deployed.
 */
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no AWS region; write one like us-east-2');
const cidr = z.cidrv4({ error: 'is no IPv4 CIDR; write one like 203.0.113.4/32' });
const iamPrincipal = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/, 'is no ARN of an IAM role or user; root is refused, because EKS gives it no access entry');

const clusterSchema = z.strictObject({
  kubernetesVersion: z.string().default('1.35'),
  nodeType: z.string().default('m5.xlarge'),
  systemNodeType: z.string().default('m5.xlarge'),
  workers: z.int().min(1).max(64).default(4),
  nodeVolumeGib: z.int().min(20).max(16_384).default(50),
  /** AMI release of the nodes, such as 1.35.0-20261101; absent: the service's newest, which differs between runs. */
  nodeReleaseVersion: z.string().regex(/^\d+\.\d+\.\d+-\d{8}$/, 'is no AMI release; write one like 1.35.0-20261101').optional(),
  vpcCidr: cidr.default('10.42.0.0/16'),
  /** Two zones of the region; absent: the first two that it offers. The nodes stand in the first. */
  availabilityZones: z.array(z.string()).optional(),
  logRetentionDays: z.literal([1, 3, 5, 7, 14, 30]).default(1),
  secretsKey: z.enum(['aws', 'customer']).default('aws'),
  /** Name of a cluster that exists: the phase puts its workloads there and makes no network and no cluster. */
  attachTo: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'is no name of an EKS cluster').optional(),
});

const datasetSchema = z.strictObject({
  scaleFactor: z.number().positive().max(1_000),
  numeric: z.enum(['decimal', 'double']).default('decimal'),
});

const bigQuerySchema = z.strictObject({
  projectId: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'is no id of a Google Cloud project'),
  projectNumber: z.string().regex(/^\d{6,20}$/, 'is no number of a Google Cloud project'),
  location: z.string().min(2).default('US'),
  publicRead: z.boolean().default(false),
});

const stateSchema = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('local') }),
  z.strictObject({ backend: z.literal('s3'), bucket: z.string().min(3).max(63), region, prefix: z.string().default('flowbench') }),
]);

export const benchConfigSchema = z.strictObject({
  project: z.string().max(MAX_PROJECT_LENGTH, `is too long for the names made from it; at most ${MAX_PROJECT_LENGTH} characters`)
    .regex(PROJECT_PATTERN, 'takes lower-case letters, digits and hyphens, a letter first and no hyphen last').default(DEFAULT_PROJECT),
  owner: z.string().regex(TAG_VALUE, 'is written into tags, which take letters, digits, spaces and _.:/=+-@, at most 256 of them'),
  region: region.default('us-east-2'),
  /** Who may reach the API of the clusters, beside what runs in their network. */
  adminCidrs: z.array(cidr).min(1, 'is empty; name the addresses that may reach the cluster, such as your own as 203.0.113.4/32'),
  /** 0.0.0.0/0 has to be said twice: in adminCidrs, and here. */
  allowAnyCidr: z.boolean().default(false),
  /** Who is administrator of the clusters; absent: the caller's own role. */
  adminPrincipalArns: z.array(iamPrincipal).default([]),
  lifetimeHours: z.strictObject({
    phase: z.int().min(EPHEMERAL_HOURS.least).max(EPHEMERAL_HOURS.most).default(EPHEMERAL_HOURS.byDefault),
    retained: z.int().min(RETAINED_HOURS.least).max(RETAINED_HOURS.most).default(RETAINED_HOURS.byDefault),
  }).prefault({}),
  cluster: clusterSchema.prefault({}),
  datasets: z.array(datasetSchema).min(1).default([{ scaleFactor: 10, numeric: 'decimal' }]),
  /** Whether destroying the stack that holds data may delete the data. */
  data: z.strictObject({ deleteOnDestroy: z.boolean().default(false) }).prefault({}),
  results: z.strictObject({ deleteOnDestroy: z.boolean().default(false), bigQuery: bigQuerySchema.optional() }).prefault({}),
  guardrails: z.strictObject({
    monthlyBudgetUsd: z.number().positive().max(1_000_000).default(20),
    alertEmails: z.array(z.email('is no e-mail address')).default([]),
    janitorMode: z.enum(['report', 'enforce']).default('report'),
    janitorEveryMinutes: z.int().min(5).max(1_440).default(60),
    costAnomaly: z.boolean().default(false),
  }).prefault({}),
  /** Cron expression (UTC) of the coordinator; absent: it is started by hand. */
  schedule: z.string().regex(/^(\S+\s+){4}\S+$/, 'is no cron expression of five fields').optional(),
  state: stateSchema.default({ backend: 'local' }),
});

/** The configuration with every default in place. */
export type BenchConfig = z.output<typeof benchConfigSchema>;
/** The configuration as it may be written. */
export type BenchConfigInput = z.input<typeof benchConfigSchema>;
