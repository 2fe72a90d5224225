import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TAG_KEYS } from '../../workloads/model/tags.js';
import { type Resource, resourcesOf, type StackJson } from './graph.js';

/** How a resource carries the facts of its owner; decided by the provider's schema, which the binding is generated from. */
export type Carrier = 'tags' | 'labels' | 'metadata' | 'nothing';

/** Bindings are looked up by the name of a resource type, which no import statement can say. */
const load = createRequire(__filename);

interface BindingClass {
  readonly tfResourceType?: string;
  readonly prototype: object;
}

/** Provider of a type (`aws_vpc` → aws) and the folder names of its binding that could hold it. */
function bindingOf(type: string): BindingClass | undefined {
  const provider = type.split('_')[0] ?? '';
  const folder = dirname(load.resolve(`@cdktf/provider-${provider}/package.json`));
  const kebab = type.slice(provider.length + 1).replace(/_/g, '-');
  for (const name of readdirSync(join(folder, 'lib')).filter((candidate) => candidate === kebab || candidate === `${kebab}-resource`)) {
    const exported = Object.values(load(join(folder, 'lib', name)) as Record<string, BindingClass>);
    const found = exported.find((member) => member.tfResourceType === type);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function carrierOf(type: string): Carrier {
  if (type.startsWith('terraform_')) return 'nothing';
  const binding = bindingOf(type);
  if (binding === undefined) throw new Error(`no binding has the resource ${type}`);
  const has = (property: string): boolean => property in binding.prototype;
  if (type.startsWith('aws_') && has('tagsInput')) return 'tags';
  if (type.startsWith('google_') && has('labelsInput')) return 'labels';
  if (type.startsWith('kubernetes_') && has('metadataInput')) return 'metadata';
  return 'nothing';
}

/** Addresses of resources that can say whose they are and do not, with what is missing. */
export function untagged(stack: StackJson): string[] {
  return resourcesOf(stack).flatMap((resource) => {
    const missing = missingKeys(resource);
    return missing.length === 0 ? [] : [`${resource.address} lacks ${missing.join(', ')}`];
  });
}

function missingKeys({ type, body }: Resource): string[] {
  const carrier = carrierOf(type);
  if (carrier === 'nothing') return [];
  if (carrier === 'tags') return [...TAG_KEYS.filter((key) => value(body.tags, key) === undefined), ...missingSpecifications(type, body)];
  const labels = carrier === 'labels' ? body.labels : value(body.metadata, 'labels');
  return TAG_KEYS.filter((key) => !Object.keys(labels ?? {}).some((label) => sameWord(label, key)));
}

/** Google's labels and Kubernetes' have fewer characters than tags: `flowbench/expires-at` is ExpiresAt. */
function sameWord(label: string, key: string): boolean {
  return label.replace(/^flowbench\//, '').replace(/[-_]/g, '').toLowerCase() === key.toLowerCase();
}

/** What EKS starts from a launch template gets the tags of its specifications, never those of the template. */
function missingSpecifications(type: string, body: Resource['body']): string[] {
  if (type !== 'aws_launch_template') return [];
  const specifications = (body.tag_specifications ?? []) as readonly { readonly resource_type: string; readonly tags: Record<string, string> }[];
  return ['instance', 'volume', 'network-interface'].filter((kind) => {
    const tags = specifications.find((specification) => specification.resource_type === kind)?.tags ?? {};
    return TAG_KEYS.some((key) => tags[key] === undefined);
  }).map((kind) => `the tags of what it makes (${kind})`);
}

function value(container: unknown, key: string): unknown {
  return typeof container === 'object' && container !== null ? (container as Record<string, unknown>)[key] : undefined;
}
