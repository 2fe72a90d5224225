import { type TerraformStack, Testing } from 'cdktf';

export type Attributes = Readonly<Record<string, unknown>>;
type Blocks = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

/** A stack as Terraform reads it: plain JSON, with every aspect applied and every validation run. */
export class SynthesizedStack {
  readonly json: Readonly<Record<string, unknown>>;

  constructor(text: string) {
    this.json = JSON.parse(text) as Record<string, unknown>;
  }

  /** Resources of a type, by logical name; empty when there is none. */
  resources(type: string): Readonly<Record<string, Attributes>> {
    return this.blocks('resource')[type] ?? {};
  }

  /** Data sources of a type, by logical name. */
  data(type: string): Readonly<Record<string, Attributes>> {
    return this.blocks('data')[type] ?? {};
  }

  /** The one resource of a type; fails when there is none, or another. */
  only(type: string): Attributes {
    const found = Object.values(this.resources(type));
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} resources of type ${type}, one expected`);
    return found[0];
  }

  /** Resources of a type whose attribute has this value. */
  where(type: string, attribute: string, value: unknown): readonly Attributes[] {
    return Object.values(this.resources(type)).filter((attributes) => JSON.stringify(attributes[attribute]) === JSON.stringify(value));
  }

  /** `aws_vpc.Network_Vpc_ABC`, for every resource. */
  addresses(): readonly string[] {
    return Object.entries(this.blocks('resource')).flatMap(([type, byName]) => Object.keys(byName).map((name) => `${type}.${name}`));
  }

  /** What a resource names in depends_on; the address as {@link addresses} gives it. */
  dependsOn(address: string): readonly string[] {
    const [type = '', name = ''] = address.split('.');
    const found = this.resources(type)[name];
    if (found === undefined) throw new Error(`no resource ${address}`);
    return (found.depends_on as string[] | undefined) ?? [];
  }

  private blocks(kind: 'resource' | 'data'): Blocks {
    return (this.json[kind] ?? {}) as Blocks;
  }
}

/** Synthesises one stack as `cdktf synth` would, without writing a file. */
export function synthesize(stack: TerraformStack): SynthesizedStack {
  stack.prepareStack();
  return new SynthesizedStack(Testing.synth(stack, true));
}
