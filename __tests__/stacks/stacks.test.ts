import { type BenchConfig } from '../../workloads/model/bench-config/schema.js';
import { PHASE_STACKS, RETAINED_STACKS, STACKS, type StackName } from '../../workloads/model/physical-names.js';
import { type Attributes, type SynthesizedStack } from '../infrastructure/synth.js';
import { configWith, synthesised } from './stacks-of.js';

type Block = Readonly<Record<string, unknown>>;

const block = (stack: SynthesizedStack, name: string): Block => (stack.json[name] ?? {}) as Block;
const outputs = (stack: SynthesizedStack): Readonly<Record<string, Attributes>> => block(stack, 'output') as Readonly<Record<string, Attributes>>;

/** Messages of the preconditions, as a plan of a deploy would show them. */
function preconditions(stack: SynthesizedStack): readonly string[] {
  return Object.values(stack.resources('terraform_data')).flatMap(({ lifecycle }) =>
    (lifecycle as { readonly precondition: readonly { readonly error_message: string }[] }).precondition.map((condition) => condition.error_message));
}

function warnings(stack: SynthesizedStack): readonly string[] {
  const checks = Object.values(block(stack, 'check')) as readonly { readonly assert: readonly { readonly error_message: string }[] }[];
  return checks.flatMap(({ assert }) => assert.map((assertion) => assertion.error_message));
}

describe('each stack', () => {
  it.each(STACKS)('%s is synthesised alone, without a word about another stack', (name) => {
    const text = JSON.stringify(synthesised(name).json);
    expect(text).not.toContain('terraform_remote_state');
    expect(text).not.toContain('cross-stack-output');
  });

  it.each(STACKS)('%s is the same whenever it is synthesised', (name) => {
    expect(synthesised(name).json).toEqual(synthesised(name).json);
  });

  it.each(RETAINED_STACKS)('%s is retained, and does not expire', (name) => {
    const stack = synthesised(name);
    expect(JSON.stringify(stack.json)).toContain('"Lifecycle":"retained"');
    expect(JSON.stringify(stack.json)).not.toContain('"Lifecycle":"ephemeral"');
    expect(preconditions(stack)).toEqual(preconditions(stack).filter((message) => !message.includes('MaxLifetimeHours')));
    expect(warnings(stack).join()).toContain(`${name} has outlived its MaxLifetimeHours`);
  });

  it.each(PHASE_STACKS)('%s is ephemeral, and no deploy passes once it has expired', (name) => {
    const stack = synthesised(name, configWith({ lifetimeHours: { phase: 5 } }));
    expect(JSON.stringify(stack.json)).toContain('"Lifecycle":"ephemeral","MaxLifetimeHours":"5"');
    expect(preconditions(stack).join()).toContain(`run "cdktf destroy ${name}"`);
  });

  it('asks for the providers that it uses and no other', () => {
    const providersOf = (name: StackName, config?: BenchConfig): readonly string[] => Object.keys(block(synthesised(name, config), 'provider')).sort();
    expect(Object.fromEntries(STACKS.map((name) => [name, providersOf(name)]))).toEqual({
      'images-stack': ['aws', 'time'], 'datagen-stack': ['aws', 'time'], 'results-stack': ['aws', 'time'], 'guardrails-stack': ['aws', 'time'],
      'alpha-stack': ['aws', 'kubernetes', 'time'],
      'beta-stack': ['aws', 'helm', 'kubernetes', 'time'], 'gamma-stack': ['aws', 'helm', 'kubernetes', 'time'], 'delta-stack': ['aws', 'helm', 'kubernetes', 'time'],
    });
    const google = { projectId: 'my-project', projectNumber: '123456789012' };
    expect(providersOf('results-stack', configWith({ results: { bigQuery: google } }))).toEqual(['aws', 'google', 'time']);
  });
});

describe('the state', () => {
  it('is a file of the project, by a path that holds on every machine', () => {
    expect(block(synthesised('alpha-stack'), 'terraform').backend).toEqual({ local: { path: '../../../terraform.alpha-stack.tfstate' } });
  });

  it('is an object of the bucket that the configuration names', () => {
    const stack = synthesised('alpha-stack', configWith({ state: { backend: 's3', bucket: 'my-state', region: 'eu-west-1' } }));
    expect(block(stack, 'terraform').backend).toEqual({ s3: { bucket: 'my-state', key: 'flowbench/ematix-flow-bench/alpha-stack.tfstate', region: 'eu-west-1', encrypt: true } });
  });
});

describe('the way to the cluster', () => {
  const host = (provider: unknown): Attributes => provider as Attributes;

  it('is a token asked for at each connection, in the form that each provider takes', () => {
    const stack = synthesised('beta-stack');
    const { kubernetes, helm } = block(stack, 'provider') as Readonly<Record<string, readonly Attributes[]>>;
    const exec = { api_version: 'client.authentication.k8s.io/v1beta1', command: 'aws', args: expect.arrayContaining(['get-token', 'us-east-2']) as unknown };
    expect(host(kubernetes?.[0]).exec).toEqual([exec]);
    expect((host(helm?.[0]).kubernetes as Attributes).exec).toEqual(exec);
    expect(JSON.stringify(stack.json)).not.toContain('aws_eks_cluster_auth');
  });

  it('is told, with the buckets and the price of an hour', () => {
    const said = outputs(synthesised('alpha-stack'));
    expect(Object.keys(said).sort()).toEqual(['cluster_name', 'dataset_bucket', 'kubeconfig_command', 'results_bucket', 'usd_per_hour']);
    expect(said.usd_per_hour?.value).toBe(1.06);
    expect(said.kubeconfig_command?.value).toMatch(/^aws eks update-kubeconfig --region us-east-2 --name /);
  });
});

describe('a phase in a cluster that exists', () => {
  const attached = configWith({ cluster: { attachTo: 'shared', nodeType: 'c7i.4xlarge', workers: 8 } });

  it.each(PHASE_STACKS)('%s makes no network, cluster or node, and costs nothing of its own', (name) => {
    const stack = synthesised(name, attached);
    expect(stack.addresses().filter((address) => /^aws_(vpc|subnet|eks_|launch_template|route)/.test(address))).toEqual([]);
    expect(outputs(stack).usd_per_hour?.value).toBe(0);
    expect(outputs(stack).cluster_name?.value).toBe('shared');
  });

  it('is told at deploy when there is none, by a lookup that may be empty', () => {
    const stack = synthesised('alpha-stack', attached);
    expect(preconditions(stack).join()).toContain('There is no EKS cluster shared');
    expect(JSON.stringify(stack.data('aws_eks_cluster'))).toContain('"count"');
  });

  it('has a coordinator and namespaces all the same', () => {
    expect(Object.keys(synthesised('gamma-stack', attached).resources('kubernetes_cron_job_v1'))).toHaveLength(1);
  });
});

describe('a deploy', () => {
  const nobody = (): BenchConfig => configWith({ owner: undefined, adminCidrs: undefined });

  it.each(STACKS)('of %s is stopped without an owner, while it is synthesised all the same', (name) => {
    expect(preconditions(synthesised(name, nobody())).join()).toContain('owner: is missing');
  });

  it('of a cluster is stopped without addresses, and would let nobody in', () => {
    const stack = synthesised('alpha-stack', nobody());
    expect(preconditions(stack).join()).toContain('adminCidrs: is missing');
    expect(JSON.stringify(stack.resources('aws_eks_cluster'))).toContain('"public_access_cidrs":["192.0.2.1/32"]');
  });

  it('of a complete configuration is not', () => {
    expect(preconditions(synthesised('alpha-stack')).join()).not.toContain('is missing');
  });

  it.each([
    ['alpha-stack', ['coordinator', 'flow-worker']], ['beta-stack', ['coordinator', 'spark']], ['gamma-stack', ['coordinator']], ['delta-stack', ['coordinator', 'daft']],
  ] as const)('of %s is stopped until its images, datasets and buckets are there', (name, images) => {
    const said = preconditions(synthesised(name, configWith({ datasets: [{ scaleFactor: 1 }, { scaleFactor: 10, numeric: 'double' }] })));
    const expected = [
      'There is no dataset bucket', 'There is no results bucket',
      ...images.map((image) => `The image ${image} is not published.`),
      'There is no verified dataset under tpch/sf1.', 'There is no verified dataset under tpch/sf10-double.',
    ];
    expect(expected.filter((message) => !said.some((sentence) => sentence.startsWith(message)))).toEqual([]);
    expect(said.filter((sentence) => sentence.startsWith('The image '))).toHaveLength(images.length);
  });

  it('looks up nothing that must be there, so that a destroy works when all of it is gone', () => {
    const mayBeEmpty = ['aws_resourcegroupstaggingapi_resources', 'aws_ssm_parameters_by_path', 'aws_eks_clusters', 'aws_availability_zones'];
    const alwaysThere = ['aws_caller_identity', 'aws_iam_session_context', 'aws_partition', 'aws_region'];
    const lookups = STACKS.flatMap((name) => Object.keys(block(synthesised(name), 'data')));
    expect(lookups.filter((type) => ![...mayBeEmpty, ...alwaysThere].includes(type))).toEqual([]);
  });
});
