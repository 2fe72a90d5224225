import { OWN_IMAGES, PHASES, RETAINED_STACKS, type StackName } from '../../model/physical-names.js';
import { clusterOfTags } from '../inventory/belonging.js';
import { type FoundResource } from '../inventory/resource.js';

/** What services put in front of the names that a stack gives. */
const SERVICE_PREFIX = /^(\/aws\/(eks|lambda|codebuild|containerinsights)\/|alias\/|eks-cluster-sg-|\/)/;

/** Beginnings of names after the project, as model/physical-names makes them. */
const PARTS: readonly (readonly [string, StackName])[] = [
  ...PHASES.map((phase) => [phase, `${phase}-stack`] as const),
  ...RETAINED_STACKS.map((stack) => [stack, stack] as const),
  ...[...OWN_IMAGES, 'images', 'source'].map((part) => [part, 'images-stack'] as const),
  ...['data', 'datagen', 'datasets'].map((part) => [part, 'datagen-stack'] as const),
  ['results', 'results-stack'],
  ...['janitor', 'monthly', 'alerts', 'guardrails'].map((part) => [part, 'guardrails-stack'] as const),
];

/** The stack that a name belongs to; undefined when the name does not say. */
export function stackOfName(name: string | undefined, project: string): StackName | undefined {
  const bare = name?.replace(SERVICE_PREFIX, '');
  if (bare === undefined || !(bare.startsWith(`${project}-`) || bare.startsWith(`${project}/`))) return undefined;
  const rest = bare.slice(project.length + 1);
  return PARTS.find(([part]) => rest === part || rest.startsWith(`${part}-`) || rest.startsWith(`${part}/`))?.[1];
}

/**
 * The stack that a resource belongs to, by its name, by the cluster that it was made for, or by the VPC it stands in.
 *
 * @param all where its VPC is looked up
 */
export function stackOf(resource: FoundResource, project: string, all: readonly FoundResource[]): StackName | undefined {
  // Databases of the catalogue are Trino's, and named after the dataset.
  if (resource.kind === 'glue-database') return 'gamma-stack';
  const own = stackOfName(resource.name, project) ?? stackOfName(resource.tags.Name, project) ?? stackOfName(clusterOfTags(resource.tags), project);
  if (own !== undefined || resource.vpcId === undefined || resource.kind === 'vpc') return own;
  const vpc = all.find(({ kind, id }) => kind === 'vpc' && id === resource.vpcId);
  return vpc === undefined ? undefined : stackOf(vpc, project, all);
}
