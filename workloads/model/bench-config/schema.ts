import * as z from 'zod';
import { DEFAULT_PROJECT, MAX_PROJECT_LENGTH, PROJECT_PATTERN } from '../physical-names.js';
import { EPHEMERAL_HOURS, RETAINED_HOURS, TAG_VALUE } from '../tags.js';
import { among, cidr, flag, list, text, textLike, whole, within } from './fields.js';

/**
 * What is deployed, as a person writes it: strict, every field with a default but `owner` and `adminCidrs`.
 * Those two are nobody's to guess: without them everything is synthesised and listed, and no deploy passes
 * (missing.ts). Read by the stacks and by the commands that work on what was deployed.
 */
const region = textLike(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no AWS region', 'write one like us-east-2');
const iamPrincipal = textLike(
  /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/, 'is no ARN of an IAM role or user (root gets no access entry from EKS)', 'write one like arn:aws:iam::123456789012:role/admin',
);

const clusterSchema = z.strictObject({
  kubernetesVersion: textLike(/^\d+\.\d+$/, 'is no version of Kubernetes', 'write one like "1.35", in quotes').default('1.35'),
  nodeType: text('write an EC2 type like m5.xlarge').default('m5.xlarge'),
  systemNodeType: text('write an EC2 type like m5.xlarge').default('m5.xlarge'),
  workers: whole(1, 64, 'write 4 for four worker nodes').default(4),
  nodeVolumeGib: whole(20, 16_384, 'write 50 for a volume of 50 GiB per node').default(50),
  /** AMI release of the nodes, such as 1.35.0-20261101; absent: the service's newest, which differs between runs. */
  nodeReleaseVersion: textLike(/^\d+\.\d+\.\d+-\d{8}$/, 'is no AMI release', 'write one like 1.35.0-20261101').optional(),
  vpcCidr: cidr('write one like 10.42.0.0/16').default('10.42.0.0/16'),
  /** Two zones of the region; absent: the first two that it offers. The nodes stand in the first. */
  availabilityZones: list(text('write a zone like us-east-2a'), 'write two zones like ["us-east-2a", "us-east-2b"]').optional(),
  logRetentionDays: among([1, 3, 5, 7, 14, 30]).default(1),
  secretsKey: among(['aws', 'customer']).default('aws'),
  /** Name of a cluster that exists: the phase puts its workloads there and makes no network and no cluster. */
  attachTo: textLike(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'is no name of an EKS cluster', 'write letters, digits, hyphens and underscores, at most 100').optional(),
}, { error: 'is no object; write one like {"nodeType": "m5.xlarge", "workers": 4}' });

const datasetSchema = z.strictObject({
  scaleFactor: within(0, 1_000, 'write 10 for TPC-H at scale factor 10'),
  numeric: among(['decimal', 'double']).default('decimal'),
}, { error: 'is no dataset; write one like {"scaleFactor": 10}' });

const bigQuerySchema = z.strictObject({
  projectId: textLike(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'is no id of a Google Cloud project', 'write the one that `gcloud projects list` shows'),
  projectNumber: textLike(/^\d{6,20}$/, 'is no number of a Google Cloud project', 'write the one that `gcloud projects list` shows, as text in quotes'),
  location: textLike(/^([A-Z]{2}|[a-z]+-[a-z]+\d)$/, 'is no location of BigQuery', 'write US, EU, or a region like us-east1').default('US'),
  publicRead: flag().default(false),
  /** Google keeps the id of a deleted identity pool for 30 days: who deploys again within them gives another end of it. */
  identitySuffix: textLike(/^[a-z0-9]{1,7}$/, 'is no end of an id', 'write 1 to 7 lower-case letters and digits, such as v2').optional(),
}, { error: 'is no object; write {"projectId": …, "projectNumber": …}, or leave it out for no BigQuery' });

const stateSchema = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('local') }),
  z.strictObject({
    backend: z.literal('s3'),
    bucket: textLike(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no name of a bucket', 'write the bucket that keeps the state; it must exist'),
    region,
    prefix: textLike(/^[A-Za-z0-9][A-Za-z0-9/_.-]{0,199}$/, 'is no prefix of object keys', 'write one like flowbench').default('flowbench'),
  }),
], { error: 'is no state backend; write {"backend": "local"} or {"backend": "s3", "bucket": …, "region": …}' });

const guardrailsSchema = z.strictObject({
  monthlyBudgetUsd: within(0, 1_000_000, 'write 20 for a budget of 20 USD a month').default(20),
  alertEmails: list(z.email('is no e-mail address; write one like team@example.org'), 'write ["team@example.org"]')
    .max(10, 'is too long; a budget alerts at most 10 addresses, so name a mailing list').default([]),
  janitorMode: among(['report', 'enforce']).default('report'),
  janitorEveryMinutes: whole(5, 1_440, 'write 60 for every hour').default(60),
  costAnomaly: flag().default(false),
}, { error: 'is no object; write one like {"monthlyBudgetUsd": 20}' });

const lifetimeSchema = z.strictObject({
  phase: whole(EPHEMERAL_HOURS.least, EPHEMERAL_HOURS.most, `write the hours that a phase may live, such as ${EPHEMERAL_HOURS.byDefault}`).default(EPHEMERAL_HOURS.byDefault),
  retained: whole(RETAINED_HOURS.least, RETAINED_HOURS.most, `write the hours until the retained stacks are due, such as ${RETAINED_HOURS.byDefault}`).default(RETAINED_HOURS.byDefault),
}, { error: 'is no object; write one like {"phase": 8}' });

const keepsData = { error: 'is no object; write one like {"deleteOnDestroy": false}' };

export const benchConfigSchema = z.strictObject({
  project: textLike(PROJECT_PATTERN, 'is no name of a project', 'write lower-case letters, digits and hyphens, a letter first and no hyphen last')
    .max(MAX_PROJECT_LENGTH, `is too long for the names made from it; write at most ${MAX_PROJECT_LENGTH} characters`).default(DEFAULT_PROJECT),
  /** Who answers for what is deployed: a tag on everything. */
  owner: textLike(TAG_VALUE, 'cannot be written into tags', 'write letters, digits, spaces and _.:/=+-@, at most 256, such as you@example.org').optional(),
  region: region.default('us-east-2'),
  /** Who may reach the API of the clusters, beside what runs in their network. */
  adminCidrs: list(cidr('write one like 203.0.113.4/32'), 'write a list like ["203.0.113.4/32"]')
    .min(1, 'is empty; write the addresses that may reach the clusters, such as your own as 203.0.113.4/32').optional(),
  /** 0.0.0.0/0 has to be said twice: in adminCidrs, and here. */
  allowAnyCidr: flag().default(false),
  /** Who is administrator of the clusters; absent: the caller's own role. */
  adminPrincipalArns: list(iamPrincipal, 'write a list like ["arn:aws:iam::123456789012:role/admin"]').default([]),
  lifetimeHours: lifetimeSchema.prefault({}),
  cluster: clusterSchema.prefault({}),
  datasets: list(datasetSchema, 'write a list like [{"scaleFactor": 10}]').min(1, 'is empty; write at least one, such as {"scaleFactor": 10}')
    .default([{ scaleFactor: 10, numeric: 'decimal' }]),
  /** Whether destroying the stack that holds data may delete the data. */
  data: z.strictObject({ deleteOnDestroy: flag().default(false) }, keepsData).prefault({}),
  results: z.strictObject({ deleteOnDestroy: flag().default(false), bigQuery: bigQuerySchema.optional() }, keepsData).prefault({}),
  guardrails: guardrailsSchema.prefault({}),
  /** Cron expression (UTC) of the coordinator; absent: it is started by hand. */
  schedule: text('write five fields like "0 3 * * *", for 3 o\'clock every night').optional(),
  state: stateSchema.default({ backend: 'local' }),
}, { error: 'is no configuration; write a JSON object like {"owner": "you@example.org", "adminCidrs": ["203.0.113.4/32"]}' });

/** The configuration with every default in place. */
export type BenchConfig = z.output<typeof benchConfigSchema>;
/** The configuration as it may be written. */
export type BenchConfigInput = z.input<typeof benchConfigSchema>;
