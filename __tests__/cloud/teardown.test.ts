import { removeWorkloads, type WorkloadApi, type WorkloadKind, type WorkloadObject } from '../../workloads/cloud/teardown/custom-resources.js';
import { estimatePhases } from '../../workloads/cloud/teardown/costs.js';
import { isStuckInsideCluster } from '../../workloads/cloud/teardown/destroy.js';
import { isLateThing } from '../../workloads/cloud/teardown/late-things.js';
import { renderCosts } from '../../workloads/cloud/teardown/render-costs.js';
import { renderSteps, runSteps, type StepOptions, type TeardownWorld, teardownSteps } from '../../workloads/cloud/teardown/steps.js';
import { NOW_MS, PROJECT, thing } from './fixtures.js';

const ALPHA: StepOptions = { stack: 'alpha-stack', cluster: { name: 'bench-alpha', isOwn: true } };

/** A world that notes what is asked of it; each answer may be replaced. */
function worldWith(answers: Partial<TeardownWorld> = {}): { world: TeardownWorld; calls: string[] } {
  const calls: string[] = [];
  const noting = <Result>(what: string, result: Result) => (about?: string | number): Promise<Result> => {
    calls.push(about === undefined ? what : `${what} ${about}`);
    return Promise.resolve(result);
  };
  const world: TeardownWorld = {
    clusterExists: noting('exists', true), removeWorkloads: noting('workloads', '2 deleted.'), destroy: noting('destroy', { exitCode: 0, tail: '' }),
    remainsOf: noting('remains', []), sweep: noting('sweep', []), sleep: noting('sleep', undefined), ...answers,
  };
  return { world, calls };
}

async function runWith(options: StepOptions, answers: Partial<TeardownWorld> = {}): Promise<{ finished: boolean; calls: string[]; said: string }> {
  const { world, calls } = worldWith(answers);
  const lines: string[] = [];
  const finished = await runSteps(teardownSteps(options), world, (line) => void lines.push(line));
  return { finished, calls, said: lines.join('\n') };
}

describe('the steps of a teardown', () => {
  test('custom resources go before the charts, late things after the cluster', async () => {
    const { finished, calls } = await runWith(ALPHA);
    expect(finished).toBe(true);
    expect(calls).toEqual(['exists bench-alpha', 'workloads bench-alpha', 'destroy alpha-stack', 'remains bench-alpha', 'sweep bench-alpha']);
  });

  test('repeated after the cluster is gone, the inside of it is skipped', async () => {
    const { finished, calls } = await runWith(ALPHA, { clusterExists: () => Promise.resolve(false) });
    expect(finished).toBe(true);
    expect(calls).toEqual(['destroy alpha-stack', 'remains bench-alpha', 'sweep bench-alpha']);
  });

  test('a cluster that cannot be talked to does not hold up the destroy of it', async () => {
    const { finished, said } = await runWith(ALPHA, { removeWorkloads: () => Promise.reject(new Error('connect ETIMEDOUT')) });
    expect(finished).toBe(true);
    expect(said).toContain('connect ETIMEDOUT');
  });

  test('a cluster that is only attached to keeps its inside: then nothing is destroyed', async () => {
    const attached: StepOptions = { stack: 'beta-stack', cluster: { name: 'theirs', isOwn: false } };
    const { finished, calls } = await runWith(attached, { removeWorkloads: () => Promise.reject(new Error('connect ETIMEDOUT')) });
    expect(finished).toBe(false);
    expect(calls).toEqual(['exists theirs']);
    expect((await runWith(attached)).calls).toEqual(['exists theirs', 'workloads theirs', 'destroy beta-stack']);
  });

  test('a stack without a cluster is only destroyed', async () => {
    expect((await runWith({ stack: 'images-stack' })).calls).toEqual(['destroy images-stack']);
  });

  test('a destroy that hangs on charts of a lost cluster ends with the runbook', async () => {
    const tail = 'Error: Kubernetes cluster unreachable: Get "https://x": dial tcp: lookup x: no such host\n  with helm_release.Spark';
    const { finished, said, calls } = await runWith(ALPHA, { destroy: () => Promise.resolve({ exitCode: 1, tail }) });
    expect(finished).toBe(false);
    expect(said).toContain('terraform state rm');
    expect(said).toContain('flowbench teardown run --stack alpha-stack --yes');
    expect(calls).not.toContain('sweep bench-alpha');
  });

  test('a destroy held up by what the cluster left behind is swept and tried once more', async () => {
    let tries = 0;
    const destroy = () => Promise.resolve({ exitCode: (tries += 1) === 1 ? 1 : 0, tail: 'DependencyViolation: subnet-1' });
    const { finished, said } = await runWith(ALPHA, { destroy, clusterExists: () => Promise.resolve(false), sweep: () => Promise.resolve(['network interface eni-1']) });
    expect(finished).toBe(true);
    expect(tries).toBe(2);
    expect(said).toContain('at the second try, after network interface eni-1 went');
  });

  test('a destroy that fails while the cluster stands is not repeated and nothing is swept', async () => {
    const { finished, calls } = await runWith(ALPHA, { destroy: () => Promise.resolve({ exitCode: 1, tail: 'AccessDenied' }) });
    expect(finished).toBe(false);
    expect(calls).toEqual(['exists bench-alpha', 'workloads bench-alpha', 'exists bench-alpha']);
  });

  test('waits for machines, and gives up after a while', async () => {
    const looks = [['EC2 instance i-1'], []];
    expect((await runWith(ALPHA, { remainsOf: () => Promise.resolve(looks.shift() ?? []) })).calls).toContain('sleep 15000');
    const stuck = await runWith(ALPHA, { remainsOf: () => Promise.resolve(['EC2 instance i-1']) });
    expect(stuck.finished).toBe(false);
    expect(stuck.said).toContain('Still there after 20 minutes: EC2 instance i-1');
  });

  test('the plan tells the same steps in the same order', () => {
    expect(renderSteps(teardownSteps({ ...ALPHA, cdktfArguments: ['--skip-provider-lock'] }))).toContain('2. npx cdktf destroy alpha-stack --auto-approve --skip-provider-lock');
    expect(teardownSteps({ ...ALPHA, skipKubernetes: true }).map(({ title }) => title)[0]).toContain('cdktf destroy');
  });

  test.each([
    ['Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials', true],
    ['Error: Unauthorized\n  with kubernetes_namespace.bench', true],
    ['Error: deleting EC2 Subnet (subnet-1): DependencyViolation', false],
    ['helm_release.Spark: Destruction complete', false],
  ])('%j is stuck inside the cluster: %s', (tail, stuck) => {
    expect(isStuckInsideCluster(tail)).toBe(stuck);
  });
});

describe('deleting what runs in the cluster', () => {
  class FakeCluster implements WorkloadApi {
    readonly asked: string[] = [];
    constructor(private objects: (WorkloadObject & { plural: string; stuck?: boolean })[]) {}
    list = (kind: WorkloadKind, namespace: string): Promise<WorkloadObject[]> => Promise.resolve(this.objects.filter((one) => one.plural === kind.plural && one.namespace === namespace));
    remove = (kind: WorkloadKind, object: WorkloadObject): Promise<void> => this.end(`remove ${kind.plural}/${object.name}`, (one) => one.name !== object.name || one.stuck === true);
    release = (kind: WorkloadKind, object: WorkloadObject): Promise<void> => this.end(`release ${kind.plural}/${object.name}`, (one) => one.name !== object.name);
    private end(what: string, stays: (one: WorkloadObject & { stuck?: boolean }) => boolean): Promise<void> {
      this.asked.push(what);
      this.objects = this.objects.filter(stays);
      return Promise.resolve();
    }
  }
  const waiting = { sleep: () => Promise.resolve(), patienceMs: 20, pollMs: 10 };

  test('takes what makes others first, and only in our namespaces', async () => {
    const cluster = new FakeCluster([
      { plural: 'rayclusters', namespace: 'flowbench-ray', name: 'c' }, { plural: 'sparkapplications', namespace: 'flowbench-spark', name: 's' },
      { plural: 'rayjobs', namespace: 'flowbench-ray', name: 'j' }, { plural: 'sparkapplications', namespace: 'theirs', name: 'other' },
    ]);
    expect(await removeWorkloads(cluster, waiting)).toEqual({ removed: 3, released: [] });
    expect(cluster.asked).toEqual(['remove sparkapplications/s', 'remove rayjobs/j', 'remove rayclusters/c']);
  });

  test('takes the finalizers off what its operator leaves hanging', async () => {
    const cluster = new FakeCluster([{ plural: 'rayjobs', namespace: 'flowbench-ray', name: 'j', stuck: true }]);
    expect((await removeWorkloads(cluster, waiting)).released).toEqual(['rayjobs/flowbench-ray/j']);
    expect(cluster.asked).toEqual(['remove rayjobs/j', 'release rayjobs/j']);
  });
});

describe('late things of a cluster', () => {
  const tags = { 'cluster.k8s.amazonaws.com/name': 'bench-alpha' };
  const group = { 'aws:eks:cluster-name': 'bench-alpha' };
  test.each([
    ['its log group', thing('log-group', { id: '/aws/eks/bench-alpha/cluster', tags: {} }), true],
    ['the log group of another', thing('log-group', { id: '/aws/eks/bench-beta/cluster', tags: {} }), false],
    ['an interface left by the CNI', thing('network-interface', { tags, facts: { status: 'available' } }), true],
    ['an interface in use', thing('network-interface', { tags, facts: { status: 'in-use' } }), false],
    ['an interface of another cluster', thing('network-interface', { tags: { 'cluster.k8s.amazonaws.com/name': 'bench-beta' }, facts: { status: 'available' } }), false],
    ['an interface of nobody', thing('network-interface', { tags: {}, facts: { status: 'available' } }), false],
    ['the group that EKS made', thing('security-group', { name: 'eks-cluster-sg-bench-alpha-1', tags: group }), true],
    ['a group that Terraform made', thing('security-group', { name: 'bench-alpha-nodes', tags: group }), false],
    ['a volume', thing('volume', { tags: group }), false],
  ])('%s', (_what, resource, late) => {
    expect(isLateThing(resource, 'bench-alpha')).toBe(late);
  });
});

describe('what a phase has cost', () => {
  const cluster = thing('eks-cluster', { id: 'bench-alpha', tags: { CreatedAt: new Date(NOW_MS - 2 * 3_600_000).toISOString() } });
  const group = (nodes: string, instanceType: string) => thing('eks-node-group', { facts: { cluster: 'bench-alpha', nodes, instanceType } });

  test('is nodes × price × hours and the control plane', () => {
    const [estimate] = estimatePhases([cluster, group('4', 'm5.xlarge'), group('1', 't3.large')], PROJECT, NOW_MS);
    expect(estimate).toMatchObject({ phase: 'alpha', nodes: '4 × m5.xlarge + 1 × t3.large', hours: 2 });
    expect(estimate?.usd).toBeCloseTo(2 * (4 * 0.192 + 0.0832 + 0.1), 9);
  });

  test('a type without a price gives no dollars, rather than too few', () => {
    expect(estimatePhases([cluster, group('1', 'x1.unknown')], PROJECT, NOW_MS)[0]?.usd).toBeNull();
  });

  test('stands beside what was charged, or one line says why not', () => {
    const estimates = estimatePhases([cluster, group('4', 'm5.xlarge')], PROJECT, NOW_MS);
    const charged = renderCosts(estimates, { days: [{ day: '2026-11-20', usd: 1.5 }, { day: '2026-11-21', usd: 0.25 }] });
    expect(charged).toMatch(/α\s+│ EKS 4 × m5.xlarge\s+│\s+2.0 │\s+\$1.74/);
    expect(charged).toMatch(/Total[^\n]*\$1.74 │\s+\$1.75/);
    expect(renderCosts(estimates, { missing: 'Cost Explorer could not be asked (AccessDenied).' })).toContain('Cost Explorer could not be asked (AccessDenied).');
  });
});
