import { type StackName } from '../../workloads/model/physical-names.js';
import { resourcesOf, type StackJson } from '../infrastructure/graph.js';
import { carrierOf, untagged } from '../infrastructure/taggable.js';
import { everythingOf, EVERY_STACK } from './every-stack.js';

/** A copy of a stack in which some resource of a type has lost one attribute. */
function without(name: StackName, type: string, attribute: string): { readonly stack: StackJson; readonly address: string } {
  const stack = structuredClone(everythingOf(name)) as { resource: Record<string, Record<string, Record<string, unknown>>> };
  const [logicalName, body] = Object.entries(stack.resource[type] ?? {})[0] ?? [];
  if (logicalName === undefined || body === undefined) throw new Error(`${name} has no ${type}`);
  Reflect.deleteProperty(body, attribute);
  return { stack, address: `${type}.${logicalName}` };
}

describe('whose a resource is', () => {
  it.each(EVERY_STACK)('is told by every resource of %s that can tell it', (name) => {
    expect(untagged(everythingOf(name))).toEqual([]);
  });

  it('is looked at on many kinds, decided by the schema of each provider', () => {
    const types = new Set(EVERY_STACK.flatMap((name) => resourcesOf(everythingOf(name)).map(({ type }) => type)));
    const carried = [...types].filter((type) => carrierOf(type) !== 'nothing');
    expect(carried).toEqual(expect.arrayContaining(['aws_vpc', 'aws_eks_addon', 'aws_iam_role', 'aws_budgets_budget', 'aws_ssm_parameter', 'google_bigquery_table', 'kubernetes_cron_job_v1']));
    expect(carried.length).toBeGreaterThan(30);
    expect(carrierOf('aws_route')).toBe('nothing');
    expect(() => carrierOf('aws_no_such_thing')).toThrow('no binding has the resource aws_no_such_thing');
  });

  it.each([
    ['alpha-stack', 'aws_vpc', 'tags'],
    ['images-stack', 'aws_ecr_repository', 'tags'],
    ['results-stack', 'google_bigquery_table', 'labels'],
    ['alpha-stack', 'kubernetes_config_map_v1', 'metadata'],
  ] as const)('is missed in %s when a %s has no %s', (name, type, attribute) => {
    const { stack, address } = without(name, type, attribute);
    expect(untagged(stack)).toEqual([`${address} lacks Project, Owner, MaxLifetimeHours, Lifecycle, CreatedAt, ExpiresAt`]);
  });

  it('is missed when what a launch template makes would not tell it', () => {
    const { stack, address } = without('alpha-stack', 'aws_launch_template', 'tag_specifications');
    expect(untagged(stack)).toEqual([`${address} lacks ${['instance', 'volume', 'network-interface'].map((kind) => `the tags of what it makes (${kind})`).join(', ')}`]);
  });
});
