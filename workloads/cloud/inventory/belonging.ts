import { type FoundResource, type Tags } from './resource.js';

/** Why a thing counts as the project's: only what carries the Project tag may ever be deleted by a program. */
export type Belonging =
  | { readonly by: 'tag' }
  /** EKS or a controller made it for a cluster whose name is ours. */
  | { readonly by: 'cluster'; readonly cluster: string }
  | { readonly by: 'name' }
  /** It stands in a VPC of ours. */
  | { readonly by: 'network'; readonly vpcId: string };

const NAME_TAGS = ['aws:eks:cluster-name', 'eks:cluster-name', 'cluster.k8s.amazonaws.com/name', 'elbv2.k8s.aws/cluster'] as const;
const OWNED_TAG = /^kubernetes\.io\/cluster\/(.+)$/;

/** The EKS cluster that a resource was made for, by the tags that EKS, the CNI and controllers write. */
export function clusterOfTags(tags: Tags): string | undefined {
  for (const key of NAME_TAGS) if (tags[key] !== undefined) return tags[key];
  for (const [key, value] of Object.entries(tags)) {
    const owned = OWNED_TAG.exec(key)?.[1];
    if (owned !== undefined && value === 'owned') return owned;
  }
  return undefined;
}

/** Prefixes of the names that our stacks give; the services that prepend their own are in it too. */
export function namePrefixes(project: string): readonly string[] {
  return [
    `${project}-`,
    `/${project}/`,
    `/aws/eks/${project}-`,
    `/aws/lambda/${project}-`,
    `/aws/codebuild/${project}-`,
    `/aws/containerinsights/${project}-`,
    `alias/${project}-`,
    `eks-cluster-sg-${project}-`,
    // A database of the catalogue takes no hyphen (model/physical-names datasetDatabase).
    `${project.replace(/[^a-z0-9]+/g, '_')}_`,
  ];
}

export function isNamedBy(project: string, name: string | undefined): boolean {
  return name !== undefined && namePrefixes(project).some((prefix) => name.startsWith(prefix));
}

/**
 * Whether a thing is the project's. The Project tag of somebody else outweighs a name that begins like ours:
 * `bench-two-data` of the project `bench-two` is not of the project `bench`.
 *
 * @param vpcIds VPCs that carry the Project tag
 */
export function belonging(resource: FoundResource, project: string, vpcIds: ReadonlySet<string>): Belonging | undefined {
  const owner = resource.tags.Project;
  if (owner !== undefined) return owner === project ? { by: 'tag' } : undefined;
  const cluster = clusterOfTags(resource.tags);
  if (cluster?.startsWith(`${project}-`) === true) return { by: 'cluster', cluster };
  if (isNamedBy(project, resource.name) || (resource.uses ?? []).some((used) => isNamedBy(project, used))) return { by: 'name' };
  if (resource.vpcId !== undefined && vpcIds.has(resource.vpcId)) return { by: 'network', vpcId: resource.vpcId };
  return undefined;
}
