import { TerraformOutput, type TerraformStack, Testing } from 'cdktf';
import { PHASE_STACKS, STACKS } from '../../workloads/model/physical-names.js';
import { makeStack, makeStacks } from '../../stacks/stacks.js';
import { resourcesOf, type StackJson } from '../infrastructure/graph.js';
import { manifestsOf } from '../infrastructure/kubernetes-manifests.js';
import { synthesize } from '../infrastructure/synth.js';
import { EVERYTHING, everythingOf } from './every-stack.js';
import { configWith, synthesised } from './stacks-of.js';

/** Other stacks that a stack cannot be deployed without, as the framework writes such a reference. */
function referencesToOthers(stack: TerraformStack): string[] {
  const { data } = synthesize(stack).json as { data?: Record<string, Record<string, unknown>> };
  return [...Object.keys(data?.terraform_remote_state ?? {}), ...stack.dependencies.map(({ node }) => node.id)];
}

describe('a stack among the others', () => {
  it('is what it is alone', () => {
    const together = makeStacks(Testing.app(), EVERYTHING);
    for (const stack of together) stack.prepareStack();
    for (const [index, name] of STACKS.entries()) {
      const stack = together[index];
      if (stack === undefined) throw new Error(`${name} was not made`);
      expect(synthesize(stack).json).toEqual(everythingOf(name));
    }
  });

  it('refers to none of them', () => {
    expect(makeStacks(Testing.app(), EVERYTHING).flatMap(referencesToOthers)).toEqual([]);
  });

  it('makes nothing under the name of another, when all phases are on one cluster', () => {
    const attached = configWith({ cluster: { attachTo: 'shared' } });
    const named = PHASE_STACKS.flatMap((name) => {
      const stack = synthesised(name, attached).json as StackJson;
      const roles = resourcesOf(stack).filter(({ type }) => type === 'aws_iam_role').map(({ body }) => `role ${String(body.name)}`);
      const releases = resourcesOf(stack).filter(({ type }) => type === 'helm_release').map(({ body }) => `release ${String(body.namespace)}/${String(body.name)}`);
      const objects = manifestsOf(synthesised(name, attached).json).map(({ manifest }) => {
        const { namespace, name: own } = manifest.metadata as { readonly namespace?: string; readonly name: string };
        return `${manifest.kind} ${namespace ?? ''}/${own}`;
      });
      return [...roles, ...releases, ...objects];
    });
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((one, index) => named.indexOf(one) !== index)).toEqual([]);
  });

  it('is found out when it does', () => {
    const app = Testing.app();
    const datagen = makeStack(app, 'datagen-stack', EVERYTHING);
    const alpha = makeStack(app, 'alpha-stack', EVERYTHING);
    const bucket = datagen.node.findAll().find((node) => node.node.path === 'datagen-stack/Datasets/Resource') as unknown as { readonly arn: string };
    new TerraformOutput(alpha, 'Planted', { value: bucket.arn });
    datagen.prepareStack();
    expect(referencesToOthers(alpha).join()).toContain('datagen-stack');
  });
});
