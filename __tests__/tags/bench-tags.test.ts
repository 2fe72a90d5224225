import { AutoscalingGroup } from '@cdktf/provider-aws/lib/autoscaling-group';
import { DevopsguruResourceCollection } from '@cdktf/provider-aws/lib/devopsguru-resource-collection';
import { Ec2Tag } from '@cdktf/provider-aws/lib/ec2-tag';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset';
import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1';
import { ConfigMapV1Data } from '@cdktf/provider-kubernetes/lib/config-map-v1-data';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { TimeProvider } from '@cdktf/provider-time/lib/provider';
import { TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { Construct } from 'constructs';
import { BenchTags, type BenchTagsProps } from '../../constructs/tags/bench-tags.js';
import { TAG_KEYS } from '../../workloads/model/tags.js';
import { synthesize } from '../infrastructure/synth.js';

const PROPS: BenchTagsProps = { project: 'bench', owner: 'someone@example.org', lifecycle: 'ephemeral', maxLifetimeHours: 8 };

function stackWithProviders(): TerraformStack {
  const stack = new TerraformStack(Testing.app(), 'stack');
  new AwsProvider(stack, 'aws', { region: 'us-east-2' });
  new TimeProvider(stack, 'time');
  new KubernetesProvider(stack, 'kubernetes');
  new GoogleProvider(stack, 'google');
  return stack;
}

function tagged(): TerraformStack {
  const stack = stackWithProviders();
  new BenchTags(stack, 'Tags', PROPS);
  return stack;
}

const CREATED = 'time_static.Tags_CreatedAt_';

test('the six tags reach a resource, with dates that state keeps', () => {
  const stack = tagged();
  new S3Bucket(stack, 'Bucket');
  const tags = synthesize(stack).only('aws_s3_bucket').tags as Record<string, string>;
  expect(Object.keys(tags).sort()).toEqual([...TAG_KEYS].sort());
  expect(tags).toMatchObject({ Project: 'bench', Owner: 'someone@example.org', Lifecycle: 'ephemeral', MaxLifetimeHours: '8' });
  expect(tags.CreatedAt).toMatch(new RegExp(`^\\$\\{${CREATED}\\w+\\.rfc3339\\}$`));
  expect(tags.ExpiresAt).toMatch(new RegExp(`^\\$\\{timeadd\\(${CREATED}\\w+\\.rfc3339, "8h"\\)\\}$`));
});

test('a key that the resource has stays', () => {
  const stack = tagged();
  new S3Bucket(stack, 'Bucket', { tags: { Owner: 'another', Kind: 'data' } });
  expect(synthesize(stack).only('aws_s3_bucket').tags).toMatchObject({ Owner: 'another', Kind: 'data', Project: 'bench' });
});

test('tags that only Terraform knows are merged by Terraform, and win', () => {
  const stack = tagged();
  const given = new TerraformVariable(stack, 'given', { type: 'map(string)' });
  new S3Bucket(stack, 'Bucket', { tags: given.value as Record<string, string> });
  expect(synthesize(stack).only('aws_s3_bucket').tags).toMatch(/^\$\{merge\(\{.*\}, var\.given\)\}$/s);
});

test('instances, volumes and network interfaces of a launch template are tagged, and a specification of its own is kept', () => {
  const stack = tagged();
  new LaunchTemplate(stack, 'Template', { tagSpecifications: [{ resourceType: 'instance', tags: { Name: 'node' } }, { resourceType: 'spot-instances-request' }] });
  const specifications = synthesize(stack).only('aws_launch_template').tag_specifications as { resource_type: string; tags: Record<string, string> }[];
  expect(specifications.map((one) => one.resource_type).sort()).toEqual(['instance', 'network-interface', 'spot-instances-request', 'volume']);
  for (const one of specifications) expect(Object.keys(one.tags)).toEqual(expect.arrayContaining([...TAG_KEYS]));
  expect(specifications.find((one) => one.resource_type === 'instance')?.tags.Name).toBe('node');
});

test('an autoscaling group is tagged by blocks that its machines inherit', () => {
  const stack = tagged();
  new AutoscalingGroup(stack, 'Group', { minSize: 0, maxSize: 1, tag: [{ key: 'Owner', value: 'another', propagateAtLaunch: false }] });
  const blocks = synthesize(stack).only('aws_autoscaling_group').tag as { key: string; value: string; propagate_at_launch: boolean }[];
  expect(blocks.map((block) => block.key).sort()).toEqual([...TAG_KEYS].sort());
  expect(blocks.filter((block) => block.key === 'Owner')).toEqual([{ key: 'Owner', value: 'another', propagate_at_launch: false }]);
});

test('Kubernetes objects get labels whose values Kubernetes takes', () => {
  const stack = tagged();
  new ConfigMapV1(stack, 'Map', { metadata: { name: 'map', labels: { 'flowbench/owner': 'another' } } });
  const { labels } = synthesize(stack).only('kubernetes_config_map_v1').metadata as { labels: Record<string, string> };
  expect(labels).toMatchObject({ 'flowbench/project': 'bench', 'flowbench/owner': 'another', 'flowbench/max-lifetime-hours': '8', 'flowbench/lifecycle': 'ephemeral' });
  expect(labels['flowbench/expires-at']).toMatch(/^\$\{formatdate\("YYYY-MM-DD'T'hh-mm-ss'Z'", timeadd\(/);
});

test('Google resources get labels without capitals, dots or slashes', () => {
  const stack = tagged();
  new BigqueryDataset(stack, 'Dataset', { datasetId: 'd' });
  expect(synthesize(stack).only('google_bigquery_dataset').labels).toMatchObject({ project: 'bench', owner: 'someone-example-org', lifecycle: 'ephemeral' });
});

test('what can carry no tags is left alone', () => {
  const stack = tagged();
  new Ec2Tag(stack, 'One', { resourceId: 'i-1', key: 'k', value: 'v' });
  new DevopsguruResourceCollection(stack, 'Filter', { type: 'AWS_TAGS', tags: [{ appBoundaryKey: 'DevOps-Guru-Bench', tagValues: ['*'] }] });
  new ConfigMapV1Data(stack, 'Data', { metadata: { name: 'map' }, data: {} });
  const synthesized = synthesize(stack);
  expect(synthesized.only('aws_ec2_tag')).toEqual({ resource_id: 'i-1', key: 'k', value: 'v' });
  expect(synthesized.only('aws_devopsguru_resource_collection').tags).toEqual([{ app_boundary_key: 'DevOps-Guru-Bench', tag_values: ['*'] }]);
  expect(synthesized.only('kubernetes_config_map_v1_data').metadata).toEqual({ name: 'map' });
  expect(synthesized.only('time_static')).toEqual({});
});

test('the nearest tags decide, outside and inside', () => {
  const stack = tagged();
  const inner = new Construct(stack, 'Inner');
  new BenchTags(inner, 'Tags', { ...PROPS, owner: 'inner' });
  new S3Bucket(inner, 'Bucket');
  expect(synthesize(stack).only('aws_s3_bucket').tags).toMatchObject({ Owner: 'inner' });
  expect(BenchTags.tagsOf(inner).Owner).toBe('inner');
  expect(BenchTags.labelsOf(stack)['flowbench/owner']).toBe('someone-example.org');
});

test('outside of tags nothing is written, and the maps are empty', () => {
  const stack = stackWithProviders();
  new S3Bucket(stack, 'Bucket');
  expect(synthesize(stack).only('aws_s3_bucket')).toEqual({});
  expect(BenchTags.tagsOf(stack)).toEqual({});
  expect(BenchTags.labelsOf(stack)).toEqual({});
});

test('a stack within the stack must have tags of its own', () => {
  const stack = tagged();
  const inner = new TerraformStack(stack, 'inner');
  new AwsProvider(inner, 'aws', { region: 'us-east-2' });
  new S3Bucket(inner, 'Bucket');
  expect(() => synthesize(inner)).not.toThrow();
  expect(() => synthesize(stack)).toThrow(/stack\/inner\/Bucket: lies in a stack within the stack of stack\/Tags/);
});

test('an app is no scope for tags', () => {
  expect(() => new BenchTags(Testing.app(), 'Tags', PROPS)).toThrow(/the scope is no stack and lies in none/);
});

test.each([
  ['project', { project: 'Not Lower' }, /project "Not Lower"/],
  ['owner', { owner: 'a<b' }, /owner "a<b"/],
  ['no hours', { maxLifetimeHours: 0 }, /maxLifetimeHours 0 .* 1 to 168 when ephemeral/],
  ['too many hours', { maxLifetimeHours: 200 }, /maxLifetimeHours 200/],
  ['half an hour', { maxLifetimeHours: 1.5 }, /whole number/],
])('refuses %s', (_, change, message) => {
  expect(() => new BenchTags(new TerraformStack(Testing.app(), 'stack'), 'Tags', { ...PROPS, ...change })).toThrow(message);
});

test('a retained lifetime may be longer, and every problem is told at once', () => {
  const stack = stackWithProviders();
  expect(() => new BenchTags(stack, 'Good', { ...PROPS, lifecycle: 'retained', maxLifetimeHours: 8_760 })).not.toThrow();
  expect(() => new BenchTags(stack, 'Second', { ...PROPS, project: '', owner: '' })).toThrow(/3 problems:[\s\S]*stack\/Second: stack has a BenchTags already/);
});
