import { Fn, type TerraformResource, Token } from 'cdktf';

type StringMap = Readonly<Record<string, string>>;

/** The same facts in the three spellings that resources take them in. */
export interface TagSet {
  readonly tags: StringMap;
  readonly labels: StringMap;
  readonly googleLabels: StringMap;
}

/** What the launch of a node makes, and no tag of a node group reaches. */
const LAUNCHED = ['instance', 'volume', 'network-interface'] as const;

/**
 * Writes the tags into a resource that can carry them; anything else is left alone. Whether it can is a
 * property of its binding class, so a resource that nobody here has heard of is tagged too.
 */
export function tagResource(node: TerraformResource, tagSet: TagSet): void {
  const type = node.terraformResourceType;
  if (type.startsWith('aws_')) {
    // `tags_all` goes with tags of the resource itself; without it, `tags` is a filter or a block.
    if ('tagsAll' in node && hasMap(node, 'tags')) node.tags = merged(tagSet.tags, node.tagsInput);
    if (type === 'aws_launch_template') tagWhatIsLaunched(node, tagSet.tags);
    if (type === 'aws_autoscaling_group') tagAutoscalingGroup(node, tagSet.tags);
  } else if (type.startsWith('google_')) {
    if ('terraformLabels' in node && hasMap(node, 'labels')) node.labels = merged(tagSet.googleLabels, node.labelsInput);
  } else if (type.startsWith('kubernetes_') && 'metadata' in node) {
    const metadata: unknown = node.metadata;
    if (hasMap(metadata, 'labels')) metadata.labels = merged(tagSet.labels, metadata.labelsInput);
  }
}

/** An attribute that bindings let be set: its getter, its setter, and beside them what was put in. */
type WithMap<Name extends string> = Record<Name, StringMap> & Readonly<Record<`${Name}Input`, StringMap | undefined>>;

function hasMap<Name extends string>(node: unknown, name: Name): node is WithMap<Name> {
  return typeof node === 'object' && node !== null && `${name}Input` in node;
}

/** What the resource says itself wins; what only Terraform knows is merged by Terraform. */
function merged(ours: StringMap, theirs: StringMap | undefined): StringMap {
  if (theirs === undefined) return { ...ours };
  return Token.isUnresolved(theirs) ? (Fn.merge([ours, theirs]) as StringMap) : { ...ours, ...theirs };
}

interface TagSpecification {
  readonly resourceType?: string;
  readonly tags?: StringMap;
}
interface LaunchTemplate {
  readonly tagSpecificationsInput: unknown;
  putTagSpecifications(value: readonly TagSpecification[]): void;
}

function tagWhatIsLaunched(node: object, tags: StringMap): void {
  const template = node as LaunchTemplate;
  const theirs = template.tagSpecificationsInput ?? [];
  // A list that only Terraform can unfold cannot be added to: whoever wrote it tags what is launched.
  if (!Array.isArray(theirs)) return;
  const specifications = theirs as readonly TagSpecification[];
  const known = specifications.map((one) => ({ ...one, tags: merged(tags, one.tags) }));
  const missing = LAUNCHED.filter((type) => !specifications.some((one) => one.resourceType === type));
  template.putTagSpecifications([...known, ...missing.map((resourceType) => ({ resourceType, tags }))]);
}

interface GroupTag {
  readonly key: string;
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}
interface AutoscalingGroup {
  readonly tagInput: unknown;
  putTag(value: readonly GroupTag[]): void;
}

/** The one resource of AWS whose tags are blocks. */
function tagAutoscalingGroup(node: object, tags: StringMap): void {
  const group = node as AutoscalingGroup;
  const theirs = group.tagInput ?? [];
  if (!Array.isArray(theirs)) return;
  const own = theirs as readonly GroupTag[];
  const added = Object.entries(tags).filter(([key]) => !own.some((tag) => tag.key === key));
  group.putTag([...own, ...added.map(([key, value]) => ({ key, value, propagateAtLaunch: true }))]);
}
