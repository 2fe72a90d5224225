import { StaticResource } from '@cdktf/provider-time/lib/static-resource';
import { Aspects, Fn, TerraformResource, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { PROJECT_PATTERN } from '../../workloads/model/physical-names.js';
import { EPHEMERAL_HOURS, LABEL_KEYS, labelValue, type Lifecycle, RETAINED_HOURS, TAG_KEYS, TAG_VALUE, type TagKey } from '../../workloads/model/tags.js';
import { refuse } from '../problems.js';
import { type TagSet, tagResource } from './tag-resource.js';

export interface BenchTagsProps {
  /** Whose resources these are: lower-case letters, digits and hyphens. */
  readonly project: string;
  /** A person or team; at most 256 of the characters that AWS takes in tags. */
  readonly owner: string;
  readonly lifecycle: Lifecycle;
  /** Hours from the first apply until ExpiresAt: 1–168 when ephemeral, 1–87,600 when retained. */
  readonly maxLifetimeHours: number;
}

/** The tags above a construct, by the scope they were put on. */
const TAGS_BY_SCOPE = new WeakMap<IConstruct, BenchTags>();

/** RFC 3339 without the characters that a label does not take. */
const LABEL_DATE = `YYYY-MM-DD'T'hh-mm-ss'Z'`;
/** Google's labels have no capitals either. */
const GOOGLE_DATE = `YYYY-MM-DD't'hh-mm-ss'z'`;

/**
 * Puts the six tags on everything below its scope that can carry them: AWS tags, launch-template tag
 * specifications (a node group's own tags do not reach its machines), labels of Kubernetes and Google resources.
 * What can carry them is read off the binding of each resource, not off a list. A key that a resource already
 * has stays as it is. CreatedAt is the moment of the first apply, kept in state, so that a second plan is
 * empty and a lifetime does not start anew with each apply.
 *
 * One per scope; within a scope that has its own, the nearest decides. The scope lies within one stack, which
 * brings the `time` provider.
 */
export class BenchTags extends Construct {
  /** As AWS writes them; dates are Terraform expressions. */
  readonly tags: Readonly<Record<TagKey, string>>;
  /** The same as labels of Kubernetes objects. */
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339; a Terraform expression. */
  readonly expiresAt: string;

  constructor(scope: Construct, id: string, props: BenchTagsProps) {
    super(scope, id);
    refuse(this, problemsOf(scope, props));
    const createdAt = new StaticResource(this, 'CreatedAt').rfc3339;
    this.expiresAt = Fn.timeadd(createdAt, `${props.maxLifetimeHours}h`);
    this.tags = {
      Project: props.project,
      Owner: props.owner,
      MaxLifetimeHours: String(props.maxLifetimeHours),
      Lifecycle: props.lifecycle,
      CreatedAt: createdAt,
      ExpiresAt: this.expiresAt,
    };
    const asLabels = (dateFormat: string, key: (tag: TagKey) => string, value: (text: string) => string): Record<string, string> =>
      Object.fromEntries(TAG_KEYS.map((tag) => [key(tag), DATES.has(tag) ? Fn.formatdate(dateFormat, this.tags[tag]) : value(this.tags[tag])]));
    this.labels = asLabels(LABEL_DATE, (tag) => LABEL_KEYS[tag], labelValue);
    const googleLabels = asLabels(GOOGLE_DATE, (tag) => LABEL_KEYS[tag].replace(/^.*\//, ''), (text) => labelValue(text).toLowerCase().replace(/\./g, '-'));
    TAGS_BY_SCOPE.set(scope, this);
    this.applyTo(scope, { tags: this.tags, labels: this.labels, googleLabels });
  }

  /** The tags of the nearest BenchTags above; empty where there is none. */
  static tagsOf(scope: IConstruct): Readonly<Record<string, string>> {
    return nearest(scope)?.tags ?? {};
  }

  /** The labels of the nearest BenchTags above, for charts and pod templates; empty where there is none. */
  static labelsOf(scope: IConstruct): Readonly<Record<string, string>> {
    return nearest(scope)?.labels ?? {};
  }

  private applyTo(scope: Construct, tagSet: TagSet): void {
    const stack = TerraformStack.of(this);
    Aspects.of(scope).add({
      visit: (node) => {
        if (!TerraformResource.isTerraformResource(node) || nearest(node) !== this) return;
        // The dates of one stack would reach the other through its state file, and chain the two.
        if (node.cdktfStack !== stack) refuse(node, [`lies in a stack within the stack of ${this.node.path}; give that stack a BenchTags of its own.`]);
        tagResource(node, tagSet);
      },
    });
  }
}

const DATES: ReadonlySet<TagKey> = new Set<TagKey>(['CreatedAt', 'ExpiresAt']);

function nearest(scope: IConstruct): BenchTags | undefined {
  return [...scope.node.scopes].reverse().map((above) => TAGS_BY_SCOPE.get(above)).find((found) => found !== undefined);
}

function problemsOf(scope: IConstruct, props: BenchTagsProps): string[] {
  const hours = props.lifecycle === 'ephemeral' ? EPHEMERAL_HOURS : RETAINED_HOURS;
  const { project, owner, maxLifetimeHours } = props;
  const inRange = Number.isInteger(maxLifetimeHours) && maxLifetimeHours >= hours.least && maxLifetimeHours <= hours.most;
  const inStack = scope.node.scopes.some((above) => TerraformStack.isStack(above));
  return [
    ...(inStack ? [] : ['the scope is no stack and lies in none; tags belong to one stack, whose state keeps their dates.']),
    ...(TAGS_BY_SCOPE.has(scope) ? [`${scope.node.path} has a BenchTags already; two would write the same keys. Keep one.`] : []),
    ...(PROJECT_PATTERN.test(project) ? [] : [`project "${project}" must be lower-case letters, digits and hyphens, a letter first and no hyphen last.`]),
    ...(TAG_VALUE.test(owner) ? [] : [`owner "${owner}" holds what AWS takes in no tag; write at most 256 letters, digits, spaces and _.:/=+-@.`]),
    ...(inRange ? [] : [`maxLifetimeHours ${maxLifetimeHours} must be a whole number of hours, ${hours.least} to ${hours.most} when ${props.lifecycle}.`]),
  ];
}
