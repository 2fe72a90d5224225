import { CronJobV1 } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { TimeProvider } from '@cdktf/provider-time/lib/provider';
import { type TerraformStack } from 'cdktf';
import { knownShape } from '../../constructs/engines/node-room.js';
import { BenchNamespace } from '../../constructs/jobs/bench-namespace.js';
import { type CoordinatedEngine } from '../../constructs/jobs/coordinator-rights.js';
import { terraformCronJob } from '../../constructs/jobs/terraform-cron-job.js';
import { BenchTags } from '../../constructs/tags/bench-tags.js';
import { coordinatorCronJob } from '../../workloads/model/job-manifest-coordinator.js';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { type CronJob, type Job, type JobSpec } from '../../workloads/model/job-manifest-types.js';
import { warmUrl } from '../../workloads/model/job-manifest-warm.js';
import { flowWorkerJobTemplate, parseJobTemplate } from '../../workloads/model/job-manifest.js';
import { manifestsOf } from '../infrastructure/kubernetes-manifests.js';
import { type Manifest, manifestProblems } from '../infrastructure/kubernetes-schema.js';
import { brokenRules } from '../infrastructure/pod-security.js';
import { type SynthesizedStack } from '../infrastructure/synth.js';
import { CLUSTER, DIGEST, phaseJobs, stackOf } from './support.js';

const M5 = knownShape('m5.xlarge');

function manifest(stack: SynthesizedStack, kind: string): Manifest {
  const found = manifestsOf(stack.json).map((one) => one.manifest).filter((one) => one.kind === kind);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} of kind ${kind}`);
  return found[0];
}
function publishedTemplate(stack: SynthesizedStack): Job {
  const { data } = manifest(stack, 'ConfigMap') as unknown as { data: Record<string, string> };
  return parseJobTemplate(data[JOB_NAMES.templateKey] ?? '');
}
const cronJobOf = (stack: SynthesizedStack): CronJob => manifest(stack, 'CronJob') as unknown as CronJob;

const tagged = (stack: TerraformStack): void => {
  new TimeProvider(stack, 'time');
  new BenchTags(stack, 'Tags', { project: 'bench', owner: 'someone@example.org', lifecycle: 'ephemeral', maxLifetimeHours: 8 });
  phaseJobs({ engines: ['flow', 'spark', 'trino', 'ray'] })(stack);
};

describe('Kubernetes objects of a phase', () => {
  it('are what the API takes, tags included', () => {
    const problems = manifestsOf(stackOf(tagged).json).flatMap((one) => manifestProblems(one.manifest).map((problem) => `${one.address}: ${problem}`));
    expect(problems).toEqual([]);
  });

  it('carry the labels of the tags, and so do the pods they start', () => {
    const stack = stackOf(tagged);
    expect(cronJobOf(stack).metadata.labels).toMatchObject({ 'flowbench/project': 'bench', 'flowbench/owner': 'someone-example.org' });
    expect(cronJobOf(stack).spec.jobTemplate.spec.template.metadata.labels).toMatchObject({ 'flowbench/lifecycle': 'ephemeral' });
    expect(publishedTemplate(stack).spec.template.metadata.labels).toMatchObject({ 'flowbench/project': 'bench' });
  });

  it('include a namespace that holds its pods to the restricted level', () => {
    expect(manifest(stackOf(phaseJobs()), 'Namespace').metadata).toMatchObject({ name: 'flowbench', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
  });

  it('include a network policy that lets the project\'s namespaces in, and those alone', () => {
    const stack = stackOf(phaseJobs());
    const { labels } = manifest(stack, 'Namespace').metadata as { labels: Record<string, string> };
    const [rule] = (manifest(stack, 'NetworkPolicy') as unknown as { spec: { ingress: { from: { namespaceSelector: { matchLabels: Record<string, string> } }[] }[] } }).spec.ingress;
    expect(rule?.from).toEqual([{ namespaceSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'flowbench' } } }]);
    expect(labels).toMatchObject(rule?.from[0]?.namespaceSelector.matchLabels ?? { nothing: 'selected' });
  });

  it('let nobody in where the namespace is for pods that take no connections', () => {
    const stack = stackOf((scope) => new BenchNamespace(scope, 'Namespace', { cluster: CLUSTER, name: 'closed', openTo: 'nobody' }));
    expect(manifest(stack, 'NetworkPolicy')).toMatchObject({ metadata: { name: 'from-nobody' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } });
    expect(manifest(stack, 'NetworkPolicy').spec).not.toHaveProperty('ingress.0');
  });

  it('let a namespace hold its pods to the baseline level, and warn of what is not restricted', () => {
    const stack = stackOf((scope) => new BenchNamespace(scope, 'Namespace', { cluster: CLUSTER, name: 'legacy', podSecurity: 'baseline' }));
    expect(manifest(stack, 'Namespace').metadata).toMatchObject({ labels: { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/warn': 'restricted' } });
  });

  it('run pods that keep every rule of that level', () => {
    const stack = stackOf(phaseJobs());
    expect(brokenRules(cronJobOf(stack).spec.jobTemplate.spec.template.spec)).toEqual([]);
    expect(brokenRules(publishedTemplate(stack).spec.template.spec)).toEqual([]);
  });

  it('come after the namespace, and after what makes the cluster usable', () => {
    const stack = stackOf((scope) => {
      const readiness = [new NamespaceV1(scope, 'Readiness', { metadata: { name: 'stands-for-the-node-group' } })];
      phaseJobs({ engines: ['flow', 'spark'] }, { ...CLUSTER, readiness })(scope);
    });
    const [readiness, namespace] = ['Readiness', 'Namespace'].map((id) => stack.addresses().find((address) => address.startsWith(`kubernetes_namespace_v1.${id}_`) || address === `kubernetes_namespace_v1.${id}`));
    const inCluster = stack.addresses().filter((address) => address.startsWith('kubernetes_') && address !== readiness);
    const without = (needed: string | undefined, among: readonly string[]): string[] => among.filter((address) => !stack.dependsOn(address).includes(needed ?? 'nothing'));
    expect(inCluster.length).toBeGreaterThan(8);
    expect(without(readiness, inCluster)).toEqual([]);
    expect(without(namespace, inCluster.filter((address) => address !== namespace))).toEqual([]);
  });
});

describe('the CronJob of a coordinator', () => {
  const settings = {
    namespace: 'flowbench', image: DIGEST, serviceAccountName: 'coordinator', node: M5, project: 'bench', phase: 'alpha', region: 'us-east-2',
    clusterName: CLUSTER.clusterName, datasetBucket: 'bench-data', resultsBucket: 'bench-results', datasets: ['tpch/sf10', 'tpch/sf100'], engines: ['flow'], workerNodeType: 'm5.xlarge', workers: 4,
    args: ['run', '--target', 'kubernetes', '--engines', 'flow'],
  };

  it('is in the cluster what the model says, field by field', () => {
    expect(cronJobOf(stackOf(phaseJobs()))).toEqual(coordinatorCronJob(settings));
    expect(cronJobOf(stackOf(phaseJobs({ schedule: '0 3 * * 1' })))).toEqual(coordinatorCronJob({ ...settings, schedule: '0 3 * * 1' }));
  });

  it('loses no field on the way into Terraform, not even those that only workers have', () => {
    const cronJob = coordinatorCronJob(settings);
    const worker = flowWorkerJobTemplate({ namespace: 'flowbench', image: DIGEST, serviceAccountName: 'flow-worker', node: M5, region: 'us-east-2' });
    const throughTerraform = (spec: JobSpec): unknown => {
      const made: CronJob = { ...cronJob, spec: { ...cronJob.spec, jobTemplate: { ...cronJob.spec.jobTemplate, spec } } };
      return cronJobOf(stackOf((scope) => new CronJobV1(scope, 'CronJob', terraformCronJob(made)))).spec.jobTemplate.spec;
    };
    const { podReplacementPolicy, suspend, ...known } = worker.spec;
    expect([podReplacementPolicy, suspend]).toEqual(['Failed', true]);
    expect(throughTerraform(known)).toEqual(known);
    // The provider has no such attribute: this is what a lost field looks like.
    expect(throughTerraform({ ...known, podReplacementPolicy: 'Failed' })).toEqual(known);
  });

  it('knows its datasets, the default one first', () => {
    const [container] = cronJobOf(stackOf(phaseJobs())).spec.jobTemplate.spec.template.spec.containers;
    expect(container?.env).toContainEqual({ name: 'FLOWBENCH_DATASETS', value: 'tpch/sf10,tpch/sf100' });
  });

  it('listens for workers where it has workers of its own, and nowhere else', () => {
    const containerOf = (engines: readonly CoordinatedEngine[]) => cronJobOf(stackOf(phaseJobs({ engines }))).spec.jobTemplate.spec.template.spec.containers[0];
    expect(containerOf(['flow'])?.ports).toEqual([{ name: 'units', containerPort: 8470 }]);
    expect(containerOf(['flow'])?.env).toEqual(expect.arrayContaining([
      { name: 'FLOWBENCH_WARM_URL', value: warmUrl('flowbench') }, { name: 'FLOWBENCH_WARM_PORT', value: '8470' },
    ]));
    expect(containerOf(['trino'])).not.toHaveProperty('ports');
    expect(containerOf(['trino'])?.env.map(({ name }) => name)).not.toContain('FLOWBENCH_WARM_URL');
  });

  it('is suspended until it is given a schedule, and never runs twice at once', () => {
    expect(cronJobOf(stackOf(phaseJobs())).spec).toMatchObject({ suspend: true, concurrencyPolicy: 'Forbid' });
    expect(cronJobOf(stackOf(phaseJobs({ schedule: '0 3 * * 1' }))).spec).toMatchObject({ suspend: false, schedule: '0 3 * * 1', timeZone: 'Etc/UTC' });
  });

  it('stands on the system node', () => {
    expect(cronJobOf(stackOf(phaseJobs())).spec.jobTemplate.spec.template.spec).toMatchObject({
      nodeSelector: { 'flowbench/pool': 'system' },
      tolerations: [{ key: 'flowbench/system', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
    });
  });

  it.each([
    [{ engines: [] }, /test\/Coordinator: engines is empty/],
    [{ schedule: 'every monday' }, /schedule "every monday" is no cron expression/],
    [{ engines: [], schedule: 'x' }, /2 problems/],
  ])('refuses %j', (overrides, sentence) => {
    expect(() => stackOf(phaseJobs(overrides))).toThrow(sentence);
  });

  it('refuses a node type that nothing can be sized by', () => {
    expect(() => stackOf(phaseJobs({}, { ...CLUSTER, nodeType: 'x9.huge' }))).toThrow(/x9\.huge/);
  });
});

describe('the template of workers\' Jobs', () => {
  it('is published as the model makes it', () => {
    expect(publishedTemplate(stackOf(phaseJobs()))).toEqual(flowWorkerJobTemplate({
      namespace: 'flowbench', image: DIGEST, serviceAccountName: 'flow-worker', node: M5, region: 'us-east-2',
    }));
  });

  it('asks of a node what its type leaves', () => {
    const [container] = publishedTemplate(stackOf(phaseJobs())).spec.template.spec.containers;
    expect(container?.resources).toEqual({ requests: { cpu: '3700m', memory: '13906Mi' }, limits: { memory: '13906Mi' } });
  });

  it('mounts no token of the API, by account and by pod', () => {
    const stack = stackOf(phaseJobs());
    expect(publishedTemplate(stack).spec.template.spec.automountServiceAccountToken).toBe(false);
    const accounts = manifestsOf(stack.json).map((one) => one.manifest).filter((one) => one.kind === 'ServiceAccount');
    expect(accounts.map((account) => account.automountServiceAccountToken)).toEqual([false, false]);
  });
});
