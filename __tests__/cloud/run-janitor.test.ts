import { readEnvironment } from '../../workloads/cloud/janitor/lambda.js';
import { type JanitorMode, type JanitorResult } from '../../workloads/cloud/janitor/judged.js';
import { type JanitorWorld, runJanitor } from '../../workloads/cloud/janitor/run-janitor.js';
import { type FoundResource } from '../../workloads/cloud/inventory/resource.js';
import { type BlindSpot } from '../../workloads/cloud/inventory/take-inventory.js';
import { ALIVE, inventoryOf, NOW_MS, PROJECT, RETAINED, thing } from './fixtures.js';

/** An account in memory. Slow kinds are gone a pause after they were asked to go. */
class Account implements JanitorWorld {
  readonly lines: Record<string, unknown>[] = [];
  readonly told: { subject: string; text: string }[] = [];
  readonly removed: string[] = [];
  private readonly going = new Set<string>();
  left: number;

  constructor(private there: FoundResource[], readonly minutes = 10, private readonly blindSpots: readonly BlindSpot[] = [], private readonly refuse?: (resource: FoundResource) => Error | undefined) {
    this.left = minutes * 60_000;
  }

  look = () => Promise.resolve({ ...inventoryOf(...this.there.map((one) => (this.going.has(one.id) ? { ...one, leaving: 'DELETING' } : one))), blindSpots: this.blindSpots });
  remove = (resource: FoundResource): Promise<void> => {
    const refusal = this.refuse?.(resource);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.removed.push(resource.id);
    if (resource.kind.startsWith('eks-')) this.going.add(resource.id);
    else this.there = this.there.filter(({ id }) => id !== resource.id);
    return Promise.resolve();
  };
  tell = (subject: string, text: string): Promise<void> => Promise.resolve(void this.told.push({ subject, text }));
  log = (line: string): void => void this.lines.push(JSON.parse(line) as Record<string, unknown>);
  nowMs = () => NOW_MS;
  remainingMs = () => this.left;
  sleep = (ms: number): Promise<void> => {
    this.left -= ms;
    this.there = this.there.filter(({ id }) => !this.going.has(id));
    return Promise.resolve();
  };
  ids = (): string[] => this.there.map(({ id }) => id);
}

const run = (account: Account, mode: JanitorMode = 'enforce'): Promise<JanitorResult> => runJanitor({ project: PROJECT, mode }, account);

const phase = (): FoundResource[] => [
  thing('vpc', { vpcId: 'vpc-1' }), thing('subnet', { vpcId: 'vpc-1' }), thing('iam-role', { arn: 'arn:role' }),
  thing('eks-cluster', { id: 'bench-alpha', vpcId: 'vpc-1', uses: ['arn:role'] }), thing('eks-node-group', { id: 'bench-alpha/worker', uses: ['bench-alpha'] }),
];

describe('a run of the janitor', () => {
  test('deletes nothing unless it is told to enforce, and says what it would delete', async () => {
    const account = new Account(phase());
    await run(account, 'report');
    expect(account.removed).toEqual([]);
    expect(account.told).toHaveLength(1);
    expect(account.told[0]?.text).toContain('mode "enforce" would delete them:\n  EKS node group bench-alpha/worker');
  });

  test('takes a whole phase down within one run, in order, pausing for what takes minutes', async () => {
    const account = new Account(phase());
    const result = await run(account);
    expect(account.ids()).toEqual([]);
    expect(account.removed).toEqual(['bench-alpha/worker', 'bench-alpha', 'subnet-1', 'vpc-1', 'iam-role-1']);
    expect(result.passes).toBe(3);
  });

  test('stops when its time is up; the next run goes on', async () => {
    const there = phase();
    const first = new Account(there, 1);
    await run(first);
    expect(first.removed).toEqual(['bench-alpha/worker']);
    const second = new Account(there.filter(({ kind }) => kind !== 'eks-node-group'), 1);
    await run(second);
    expect(second.removed).toEqual(['bench-alpha']);
  });

  test('with no time at all it deletes nothing and says so', async () => {
    const account = new Account([thing('volume')], 0.1);
    const { judged } = await run(account);
    expect(account.removed).toEqual([]);
    expect(judged.map(({ outcome }) => outcome)).toEqual(['out-of-time']);
  });

  test('leaves what is alive or retained, and then tells nobody', async () => {
    const account = new Account([thing('vpc', { tags: ALIVE }), thing('bucket', { tags: RETAINED })]);
    await run(account);
    expect(account.removed).toEqual([]);
    expect(account.told).toEqual([]);
    expect(account.lines.map(({ action }) => action)).toEqual(['leave', 'leave']);
  });

  test('logs one line of JSON per decision', async () => {
    const account = new Account([thing('volume'), thing('subnet', { tags: {}, name: 'bench-x' })]);
    await run(account);
    expect(account.lines).toEqual([
      expect.objectContaining({ event: 'decision', mode: 'enforce', kind: 'volume', action: 'delete', outcome: 'deleted' }),
      expect.objectContaining({ event: 'decision', mode: 'enforce', kind: 'subnet', action: 'report', outcome: 'none', by: 'name' }),
    ]);
  });

  test('one refusal hides no other deletion, and is told', async () => {
    const inUse = Object.assign(new Error('it has dependencies'), { name: 'DependencyViolation' });
    const account = new Account([thing('volume'), thing('subnet')], 10, [], ({ kind }) => (kind === 'volume' ? inUse : undefined));
    const { judged } = await run(account);
    expect(Object.fromEntries(judged.map(({ resource, outcome }) => [resource.kind, outcome]))).toEqual({ volume: 'blocked', subnet: 'deleted' });
    expect(account.told[0]?.text).toContain('it has dependencies');
  });

  test('a kind that could not be looked at is logged and told, though nothing else was found', async () => {
    const account = new Account([], 10, [{ kind: 'bucket', problem: 'AccessDenied' }]);
    await run(account);
    expect(account.lines).toEqual([expect.objectContaining({ event: 'could-not-look', kind: 'bucket' })]);
    expect(account.told[0]?.text).toContain('S3 bucket: AccessDenied');
  });

  test('a subject fits into a notification', async () => {
    const account = new Account(Array.from({ length: 1_000 }, (_, n) => thing('volume', { id: `vol-${n}` })), 10, [{ kind: 'bucket', problem: 'x' }]);
    await run(account);
    expect(account.told[0]?.subject.length).toBeLessThanOrEqual(100);
  });
});

describe('the environment of the function', () => {
  const set = { FLOWBENCH_PROJECT: 'bench', FLOWBENCH_REGION: 'us-east-2' };
  test.each([undefined, '', 'report', 'Enforce', 'enforce ', 'true'])('mode %j is a dry run', (mode) => {
    expect(readEnvironment({ ...set, FLOWBENCH_JANITOR_MODE: mode }).mode).toBe('report');
  });
  test('only the word enforce enforces', () => {
    expect(readEnvironment({ ...set, FLOWBENCH_JANITOR_MODE: 'enforce' }).mode).toBe('enforce');
  });
  test('tells every missing variable at once', () => {
    expect(() => readEnvironment({})).toThrow(/FLOWBENCH_PROJECT[^]*FLOWBENCH_REGION/);
  });
});
