import { type FoundResource } from '../../workloads/cloud/inventory/resource.js';
import { isClean, type Leftovers, type Placed, type Selection, sortLeftovers } from '../../workloads/cloud/teardown/leftovers.js';
import { renderVerification } from '../../workloads/cloud/teardown/render.js';
import { stackOf, stackOfName } from '../../workloads/cloud/teardown/stack-of.js';
import {
  budgetName, clusterName, controlPlaneLogGroup, datasetBucketName, datasetParameterName, generatorLogGroup, generatorName, iamName, imageBuilderLogGroup, imageBuilderName, imageParameterName,
  imageRepositoryName, janitorName, lambdaLogGroup, loaderName, resultsBucketName, sourceBucketName,
} from '../../workloads/model/physical-names.js';
import { ALIVE, EXPIRED, inventoryOf, PROJECT, RETAINED, thing } from './fixtures.js';

const place = { project: PROJECT, accountId: '123456789012', region: 'us-east-2' };
const ids = (placed: readonly Placed[]): string[] => placed.map(({ resource }) => resource.id);
const sorted = (selection: Partial<Selection>, ...found: readonly FoundResource[]): Leftovers => sortLeftovers(inventoryOf(...found), { project: PROJECT, ...selection });

describe('the stack a thing belongs to', () => {
  test.each([
    [clusterName(PROJECT, 'alpha'), 'alpha-stack'],
    [controlPlaneLogGroup(clusterName(PROJECT, 'delta')), 'delta-stack'],
    [iamName(PROJECT, 'beta-stack', 'node', 'us-east-2'), 'beta-stack'],
    [`eks-cluster-sg-${PROJECT}-gamma-123`, 'gamma-stack'],
    [datasetBucketName(place), 'datagen-stack'], [generatorName(PROJECT), 'datagen-stack'], [generatorLogGroup(PROJECT), 'datagen-stack'],
    [datasetParameterName(PROJECT, 'tpch/sf10'), 'datagen-stack'], [iamName(PROJECT, 'datagen-stack', 'machine', 'us-east-2'), 'datagen-stack'],
    [resultsBucketName(place), 'results-stack'], [loaderName(PROJECT), 'results-stack'], [lambdaLogGroup(loaderName(PROJECT)), 'results-stack'],
    [sourceBucketName(place), 'images-stack'], [imageRepositoryName(PROJECT, 'flow-worker'), 'images-stack'], [imageBuilderName(PROJECT), 'images-stack'],
    [imageBuilderLogGroup(PROJECT), 'images-stack'], [imageParameterName(PROJECT, 'daft'), 'images-stack'],
    [janitorName(PROJECT), 'guardrails-stack'], [budgetName(PROJECT), 'guardrails-stack'], [lambdaLogGroup(janitorName(PROJECT)), 'guardrails-stack'],
    [`${PROJECT}-alphabet`, undefined], ['other-alpha', undefined], [undefined, undefined],
  ])('%s: %s', (name, stack) => {
    expect(stackOfName(name, PROJECT)).toBe(stack);
  });

  test('a thing without a name is of the stack whose VPC it stands in', () => {
    const vpc = thing('vpc', { id: 'vpc-1', vpcId: 'vpc-1', name: `${PROJECT}-beta` });
    expect(stackOf(thing('subnet', { vpcId: 'vpc-1' }), PROJECT, [vpc])).toBe('beta-stack');
    expect(stackOf(thing('subnet', { vpcId: 'vpc-2' }), PROJECT, [vpc])).toBeUndefined();
  });
});

describe('what a verification counts', () => {
  const bucket = thing('bucket', { id: `${PROJECT}-data-1`, name: `${PROJECT}-data-1`, tags: RETAINED });
  const beta = thing('eks-cluster', { id: `${PROJECT}-beta`, name: `${PROJECT}-beta`, tags: ALIVE });
  const alpha = thing('log-group', { id: `/aws/eks/${PROJECT}-alpha/cluster`, name: `/aws/eks/${PROJECT}-alpha/cluster`, tags: {} });
  const orphan = thing('volume', { id: 'vol-1', tags: EXPIRED });
  const schedule = thing('schedule', { id: 'default/janitor', name: `${PROJECT}-janitor`, tags: {} });

  test('of one phase: its own things and those that nobody can place', () => {
    const found = sorted({ stack: 'alpha-stack' }, bucket, beta, alpha, orphan, schedule);
    expect({ left: ids(found.left), kept: ids(found.kept), elsewhere: ids(found.elsewhere) }).toEqual({
      left: ['vol-1', alpha.id], kept: [bucket.id, schedule.id], elsewhere: [beta.id],
    });
    expect(isClean(sorted({ stack: 'alpha-stack' }, bucket, beta, schedule))).toBe(true);
  });

  test('without a stack: every phase', () => {
    expect(ids(sorted({}, bucket, beta, alpha, orphan).left)).toEqual([beta.id, 'vol-1', alpha.id]);
  });

  test('of everything: what is kept on purpose too', () => {
    expect(ids(sorted({ all: true }, bucket, schedule).left)).toEqual([bucket.id, schedule.id]);
    expect(isClean(sorted({ all: true }, bucket))).toBe(false);
  });

  test('of a retained stack that was destroyed: its things are left, not kept', () => {
    const found = sorted({ stack: 'datagen-stack' }, bucket, schedule);
    expect({ left: ids(found.left), kept: ids(found.kept) }).toEqual({ left: [bucket.id], kept: [schedule.id] });
  });

  test('a key that waits for its deletion is told, not counted', () => {
    const found = sorted({ all: true }, thing('kms-key', { leaving: 'scheduled for deletion on 2026-12-01' }));
    expect(isClean(found)).toBe(true);
    expect(renderVerification(found, [], { project: PROJECT, all: true })).toContain('kms-key-1: scheduled for deletion on 2026-12-01');
  });

  test('a kind that could not be looked at is never clean', () => {
    const blind = { ...sorted({}), blindSpots: [{ kind: 'bucket' as const, problem: 'AccessDenied' }] };
    expect(isClean(blind)).toBe(false);
    const text = renderVerification(blind, [], { project: PROJECT });
    expect(text).toContain('S3 bucket: AccessDenied');
    expect(text).toContain('Not clean: of the phases of bench, nothing was found, and 1 kinds could not be looked at.');
  });

  test('the table names each thing with its kind, stack and how it is known', () => {
    const text = renderVerification(sorted({ stack: 'alpha-stack' }, alpha, bucket), [{ command: 'aws s3 ls', names: [bucket.id] }], { project: PROJECT, stack: 'alpha-stack' });
    expect(text).toMatch(/log group\s+│ \/aws\/eks\/bench-alpha\/cluster\s+│ alpha-stack\s+│ name/);
    expect(text).toContain('Kept on purpose (Lifecycle=retained): 1\n  datagen-stack S3 bucket bench-data-1');
    expect(text).toContain('aws s3 ls: bench-data-1');
    expect(text).toContain('Not clean: of alpha-stack of bench, 1 things are left.');
  });
});
