import { TERRAFORM } from '../../images/versions.js';
import { EMULATOR_CREDENTIALS } from './emulator/emulator.js';

type Json = Readonly<Record<string, unknown>>;
type ByType = Readonly<Record<string, Readonly<Record<string, Json>>>>;

export interface AwsPart {
  /** The stack with nothing in it but what the aws and time providers, and Terraform itself, make. */
  readonly stack: Json;
  /** Addresses of what was taken out, sorted. */
  readonly removed: readonly string[];
}

/** Providers that can be had where the stacks are verified. */
const KEPT_PROVIDERS = new Set(['aws', 'time']);
const KEPT_TYPES = /^(aws|time)_|^terraform_data$/;
const REGISTRY_PREFIX = /^(.*\/)?hashicorp\//;

/** As the aws provider names the services that the stacks use; one that is forgotten fails for its credentials. */
const SERVICES = [
  'autoscaling', 'budgets', 'ce', 'cloudwatch', 'codebuild', 'ec2', 'ecr', 'eks', 'elbv2', 'events', 'glue', 'iam', 'kms', 'lambda', 'logs',
  'resourcegroupstaggingapi', 's3', 's3control', 'scheduler', 'sns', 'sqs', 'ssm', 'sts',
] as const;

/**
 * The part of a synthesised stack that the AWS emulator can hold: resources, data sources, providers and
 * outputs of other providers are taken out, with the mentions of them in depends_on. Its state is a file beside it.
 *
 * Throws when something that stays refers to something that was taken out: such a stack needs, say, its cluster's
 * API to make a role, and says so here rather than in Terraform.
 */
export function awsPart(stack: Json, endpoint: string): AwsPart {
  const resources = split(stack.resource as ByType | undefined, '');
  const data = split(stack.data as ByType | undefined, 'data.');
  const removed = new Set([...resources.removed, ...data.removed]);
  const outputs = entriesOf(stack.output).filter(([, body]) => mentions(body, removed).length === 0);
  const locals = entriesOf(stack.locals);
  const lostLocals = locals.filter(([, value]) => mentions(value, removed).length > 0).map(([name]) => `local.${name}`);
  const part = {
    ...stack,
    resource: resources.kept,
    data: data.kept,
    locals: Object.fromEntries(locals.filter(([name]) => !lostLocals.includes(`local.${name}`))),
    output: Object.fromEntries(outputs),
    provider: providersOf(stack, endpoint),
    terraform: terraformOf(stack),
  };
  // Terraform takes an empty block of blocks for one without a label.
  const present = Object.fromEntries(Object.entries(part).filter(([, block]) => Object.keys(block as object).length > 0));
  const clean = withoutDependsOn(present, removed) as Json;
  const dangling = danglingReferences(clean, new Set([...removed, ...lostLocals]));
  if (dangling.length > 0) throw new Error(`What stays refers to what the emulator cannot hold: ${dangling.join('; ')}.`);
  return { stack: clean, removed: [...removed].sort() };
}

function split(blocks: ByType | undefined, prefix: string): { kept: ByType; removed: string[] } {
  const types = Object.entries(blocks ?? {});
  return {
    kept: Object.fromEntries(types.filter(([type]) => KEPT_TYPES.test(type))),
    removed: types.filter(([type]) => !KEPT_TYPES.test(type)).flatMap(([type, byName]) => Object.keys(byName).map((name) => `${prefix}${type}.${name}`)),
  };
}

function providersOf(stack: Json, endpoint: string): Json {
  const kept = entriesOf(stack.provider).filter(([name]) => KEPT_PROVIDERS.has(name));
  const emulator = {
    access_key: EMULATOR_CREDENTIALS.accessKeyId,
    secret_key: EMULATOR_CREDENTIALS.secretAccessKey,
    s3_use_path_style: true,
    skip_credentials_validation: true,
    skip_region_validation: true,
    skip_metadata_api_check: 'true',
    endpoints: [Object.fromEntries(SERVICES.map((service) => [service, endpoint]))],
  };
  return Object.fromEntries(kept.map(([name, instances]) => [name, name === 'aws' ? asList(instances).map((instance) => ({ ...instance, ...emulator })) : instances]));
}

function terraformOf(stack: Json): Json {
  const terraform = stack.terraform as Json;
  const rest = Object.fromEntries(Object.entries(terraform).filter(([key]) => key !== 'backend'));
  const required = entriesOf(terraform.required_providers).filter(([, { source }]) => KEPT_PROVIDERS.has(String(source).replace(REGISTRY_PREFIX, '')));
  const versioned = required.map(([name, body]) => [name, String(body.source).endsWith('aws') ? { ...body, version: TERRAFORM.awsVerified } : body]);
  return { ...rest, required_providers: Object.fromEntries(versioned) as Json };
}

function withoutDependsOn(value: unknown, removed: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutDependsOn(item, removed));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [
    key,
    key === 'depends_on' && Array.isArray(inner) ? inner.filter((address) => !removed.has(String(address))) : withoutDependsOn(inner, removed),
  ]));
}

function danglingReferences(stack: Json, gone: ReadonlySet<string>): string[] {
  const blocks = ['resource', 'data'].flatMap((kind) => entriesOf(stack[kind]).flatMap(([type, byName]) => entriesOf(byName).map(([name, body]) => [`${type}.${name}`, body] as const)));
  const others = ['locals', 'check', 'output'].flatMap((kind) => entriesOf(stack[kind]).map(([name, body]) => [`${kind} ${name}`, body] as const));
  return [...blocks, ...others].flatMap(([name, body]) => mentions(body, gone).map((address) => `${name} → ${address}`));
}

/** Addresses that an expression in the value names. The `//` key says where a resource was made; it is no expression. */
function mentions(value: unknown, addresses: ReadonlySet<string>): string[] {
  const text = JSON.stringify(value, (key, inner: unknown) => (key === '//' ? undefined : inner)) as string | undefined;
  const words = text?.match(/(?:data\.)?[A-Za-z][\w-]*\.[A-Za-z][\w-]*/g) ?? [];
  return [...new Set(words)].filter((word) => addresses.has(word));
}

function asList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : [value as Json];
}

function entriesOf(value: unknown): [string, Json][] {
  return Object.entries((value ?? {}) as Readonly<Record<string, Json>>);
}
