/** A stack as CDK for Terraform writes it (cdk.tf.json), as far as these checks look at it. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, ResourceBody>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, ResourceBody>>>>;
}
export type ResourceBody = Readonly<Record<string, unknown>>;

export interface Resource {
  /** `aws_vpc.network_Vpc_1A2B`: as Terraform names it. */
  readonly address: string;
  readonly type: string;
  readonly body: ResourceBody;
}

export function resourcesOf(stack: StackJson): Resource[] {
  return Object.entries(stack.resource ?? {}).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, body]) => ({ address: `${type}.${name}`, type, body })));
}

/**
 * Address → addresses it depends on, by reference in an expression or by depends_on: Terraform creates along
 * these edges and destroys against them. Data sources pass their dependencies on.
 */
export function dependencies(stack: StackJson): ReadonlyMap<string, ReadonlySet<string>> {
  const nodes = new Map(resourcesOf(stack).map(({ address, body }) => [address, body]));
  for (const [type, byName] of Object.entries(stack.data ?? {})) for (const [name, body] of Object.entries(byName)) nodes.set(`data.${type}.${name}`, body);
  const edges = new Map<string, Set<string>>();
  for (const [address, body] of nodes) {
    const words = new Set(JSON.stringify(withoutMetadata(body)).match(/(?:data\.)?[a-z0-9]+(?:_[a-z0-9]+)+\.[A-Za-z0-9_-]+/g) ?? []);
    edges.set(address, new Set([...words].filter((word) => nodes.has(word) && word !== address)));
  }
  return edges;
}

/** The `//` key holds where in the tree a resource was made; it is no expression. */
function withoutMetadata(body: ResourceBody): ResourceBody {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== '//'));
}

/** Everything that must still be there while `address` is destroyed. */
export function needs(edges: ReadonlyMap<string, ReadonlySet<string>>, address: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [address];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const other of edges.get(next) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  }
  return found;
}

/** "Every `before` is destroyed before any `after`, or …": why it is so belongs into `because`. */
export interface DestroyRule {
  readonly before: RegExp;
  readonly after: RegExp;
  readonly because: string;
}

/** Pairs that Terraform may destroy in the wrong order, one sentence each; rules that match nothing are told too. */
export function destroyOrderProblems(stack: StackJson, rules: readonly DestroyRule[]): string[] {
  const edges = dependencies(stack);
  const addresses = resourcesOf(stack).map(({ address }) => address);
  return rules.flatMap(({ before, after, because }) => {
    const firsts = addresses.filter((address) => before.test(address));
    const lasts = addresses.filter((address) => after.test(address));
    if (firsts.length === 0 || lasts.length === 0) return [`no pair to check for ${before} before ${after}`];
    return firsts.flatMap((first) => {
      const held = needs(edges, first);
      return lasts.filter((last) => last !== first && !held.has(last)).map((last) => `${first} may outlive ${last}: ${because}`);
    });
  });
}
