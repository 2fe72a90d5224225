import { PHASE_STACKS } from '../../workloads/model/physical-names.js';
import { manifestsOf, type StackManifest } from '../infrastructure/kubernetes-manifests.js';
import { type Manifest, manifestProblems } from '../infrastructure/kubernetes-schema.js';
import { brokenRules, type CheckedPodSpec } from '../infrastructure/pod-security.js';
import { EVERYTHING } from '../stacks/every-stack.js';
import { synthesised } from '../stacks/stacks-of.js';

interface WithPods {
  readonly spec?: { readonly template?: { readonly spec?: CheckedPodSpec }; readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: CheckedPodSpec } } } };
}

/** Pods that an object starts, where it starts any. */
function podsOf(manifest: Manifest): CheckedPodSpec[] {
  const { spec } = manifest as WithPods;
  return [spec?.template?.spec, spec?.jobTemplate?.spec?.template?.spec].filter((pod) => pod !== undefined);
}

const objects: Readonly<Record<string, readonly StackManifest[]>> = Object.fromEntries(PHASE_STACKS.map((name) => [name, manifestsOf(synthesised(name, EVERYTHING).json)]));

describe.each(PHASE_STACKS)('Kubernetes objects of %s', (name) => {
  const found = objects[name] ?? [];

  it('are there, the coordinator among them, and are what the API takes', () => {
    expect(found.map(({ manifest }) => manifest.kind)).toEqual(expect.arrayContaining(['Namespace', 'NetworkPolicy', 'ServiceAccount', 'Role', 'RoleBinding', 'CronJob']));
    expect(found.flatMap(({ address, manifest }) => manifestProblems(manifest).map((problem) => `${address}: ${problem}`))).toEqual([]);
  });

  it('have a name of their own each, in a namespace that the stack makes', () => {
    const names = found.map(({ manifest }) => {
      const { name: own, namespace } = manifest.metadata as { name: string; namespace?: string };
      return { id: `${manifest.kind} ${namespace ?? ''}/${own}`, namespace };
    });
    expect(new Set(names.map(({ id }) => id)).size).toBe(names.length);
    const made = names.map(({ id }) => id).filter((id) => id.startsWith('Namespace /')).map((id) => id.slice('Namespace /'.length));
    expect(names.flatMap(({ namespace }) => namespace ?? []).filter((namespace) => !made.includes(namespace))).toEqual([]);
  });

  it('start restricted pods only', () => {
    expect(found.flatMap(({ manifest }) => podsOf(manifest)).length).toBeGreaterThan(0);
    expect(found.flatMap(({ address, manifest }) => podsOf(manifest).flatMap(brokenRules).map((rule) => `${address}: ${rule}`))).toEqual([]);
  });
});
