import { followMachine, type LogPage } from '../../workloads/cloud/datagen/follow-machine.js';
import { machineTags } from '../../workloads/cloud/datagen/generate-on-ec2.js';
import { ensureMachine, type Machine, type MachineRequest, type Machines, machineToken, type StartOutcome } from '../../workloads/cloud/datagen/machines.js';
import { generatorSize } from '../../workloads/model/generator-size.js';
import { standingOf } from '../../workloads/model/tags.js';

/** EC2 as its documentation tells it: a token stands for one request, and for a day after its machine has ended. */
class FakeEc2 implements Machines {
  readonly machines: (Machine & { readonly tags: string })[] = [];
  private readonly forgotten = new Set<string>();
  /** Looks for which a new machine is not shown yet. */
  unseenLooks = 0;

  withTokens(tokens: readonly string[]): Promise<readonly Machine[]> {
    if (this.unseenLooks > 0) {
      this.unseenLooks -= 1;
      return Promise.resolve([]);
    }
    return Promise.resolve(this.machines.filter(({ id, token }) => tokens.includes(token) && !this.forgotten.has(id)));
  }

  start(request: MachineRequest): Promise<StartOutcome> {
    const tags = JSON.stringify(request.tags);
    const same = this.machines.find(({ token }) => token === request.token);
    if (same === undefined) {
      const machine = { id: `i-${this.machines.length}`, token: request.token, state: 'alive' as const, tags };
      this.machines.push(machine);
      return Promise.resolve({ kind: 'started', machine });
    }
    if (same.tags !== tags) return Promise.resolve({ kind: 'taken' });
    return Promise.resolve(same.state === 'gone' ? { kind: 'spent' } : { kind: 'started', machine: same });
  }

  stateOf(id: string): Promise<Machine['state']> {
    return Promise.resolve(this.machines.find((machine) => machine.id === id)?.state ?? 'gone');
  }

  /** Ends the newest machine; an hour later EC2 no longer shows it, and still knows its token. */
  end({ forgotten }: { readonly forgotten: boolean }): void {
    const last = this.machines.pop();
    if (last === undefined) throw new Error('there is no machine to end');
    this.machines.push({ ...last, state: 'gone' });
    if (forgotten) this.forgotten.add(last.id);
  }
}

const size = generatorSize(10);
const goal = (moment: string, prefix = 'tpch/sf10') => ({ bucketName: 'data', prefix, size, tags: { CreatedAt: moment } });
const noWait = (): Promise<void> => Promise.resolve();

describe('the machine of a dataset', () => {
  it('is started once, and followed by the second call', async () => {
    const ec2 = new FakeEc2();
    expect(await ensureMachine(goal('12:00'), ec2, noWait)).toMatchObject({ isNew: true, machine: { id: 'i-0' } });
    expect(await ensureMachine(goal('12:05'), ec2, noWait)).toMatchObject({ isNew: false, machine: { id: 'i-0' } });
    expect(ec2.machines).toHaveLength(1);
  });

  it.each([['at the same moment', '12:00'], ['a second later', '12:01']])('is one for two calls %s, though EC2 shows it late', async (_when, second) => {
    const ec2 = new FakeEc2();
    await ensureMachine(goal('12:00'), ec2, noWait);
    ec2.unseenLooks = 3;
    expect((await ensureMachine(goal(second), ec2, noWait)).machine.id).toBe('i-0');
    expect(ec2.machines).toHaveLength(1);
  });

  it.each([['still shown', false], ['forgotten, but not its token', true]])('is a new one once the last has ended and is %s', async (_what, forgotten) => {
    const ec2 = new FakeEc2();
    await ensureMachine(goal('12:00'), ec2, noWait);
    ec2.end({ forgotten });
    expect(await ensureMachine(goal('14:00'), ec2, noWait)).toMatchObject({ isNew: true, machine: { id: 'i-1' } });
    ec2.end({ forgotten });
    expect(await ensureMachine(goal('14:00'), ec2, noWait)).toMatchObject({ isNew: true, machine: { id: 'i-2' } });
  });

  it('is found under a later token when EC2 has let go of an earlier one', async () => {
    const ec2 = new FakeEc2();
    ec2.machines.push({ id: 'i-late', token: machineToken('data', 'tpch/sf10', 3), state: 'alive', tags: '{}' });
    expect(await ensureMachine(goal('12:00'), ec2, noWait)).toMatchObject({ isNew: false, machine: { id: 'i-late' } });
  });

  it('is given up after twenty have ended within a day', async () => {
    const ec2 = new FakeEc2();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await ensureMachine(goal(`${attempt}`), ec2, noWait);
      ec2.end({ forgotten: false });
    }
    await expect(ensureMachine(goal('again'), ec2, noWait)).rejects.toThrow(/20 machines were started for tpch\/sf10 within a day/);
  });

  it('has a token of its own by bucket, dataset and attempt, within 64 characters', () => {
    const tokens = [machineToken('a', 'tpch/sf1', 0), machineToken('b', 'tpch/sf1', 0), machineToken('a', 'tpch/sf10', 0), machineToken('a', 'tpch/sf1-double', 0), machineToken('a', 'tpch/sf1', 19)];
    expect(new Set(tokens).size).toBe(5);
    expect(Math.max(...tokens.map((token) => token.length))).toBeLessThanOrEqual(64);
  });

  it('carries tags by which the janitor lets it live until its own end, and not longer', () => {
    const tags = machineTags({ project: 'bench', owner: 'someone', scaleFactor: 10, numeric: 'decimal' }, 4, Date.UTC(2026, 0, 1));
    expect(tags).toMatchObject({ CreatedAt: '2026-01-01T00:00:00Z', ExpiresAt: '2026-01-01T04:00:00Z', FlowbenchScaleFactor: '10', FlowbenchNumeric: 'decimal', FlowbenchMostMinutes: '240' });
    expect(standingOf(tags, 'bench', Date.UTC(2026, 0, 1, 3))).toBe('alive');
    expect(standingOf(tags, 'bench', Date.UTC(2026, 0, 1, 5))).toBe('expired');
    // Tags that a machine reads through its metadata service may hold neither a space nor a slash in their keys.
    expect(Object.keys(tags).every((key) => /^[A-Za-z]+$/.test(key))).toBe(true);
  });
});

describe('following a machine', () => {
  function followed(pages: readonly (readonly string[])[], states: readonly Machine['state'][], signal = new AbortController().signal) {
    const said: string[] = [];
    let [asked, read] = [0, 0];
    return {
      said,
      machine: {
        state: () => Promise.resolve(states[Math.min(asked++, states.length - 1)] ?? 'gone'),
        log: (from: string | undefined): Promise<LogPage> => {
          expect(from).toBe(read === 0 ? undefined : `page ${read}`);
          read += 1;
          return Promise.resolve({ lines: pages[read - 1] ?? [], next: `page ${read}` });
        },
        say: (line: string) => said.push(line),
        sleep: noWait,
        signal,
      },
    };
  }

  it('repeats its log and ends when it says that it is done', async () => {
    const { machine, said } = followed([['one'], [], ['two', 'flowbench-datagen: done sha256:1']], ['alive']);
    expect(await followMachine(machine)).toBe('done');
    expect(said).toEqual(['one', 'two', 'flowbench-datagen: done sha256:1']);
  });

  it('reads its last words after it has ended', async () => {
    expect(await followMachine(followed([[], [], ['flowbench-datagen: failed while generating']], ['alive', 'gone']).machine)).toBe('failed');
  });

  it('ends when it vanished without a word', async () => {
    expect(await followMachine(followed([['one']], ['alive', 'gone']).machine)).toBe('vanished');
  });

  it('goes on with one that EC2 does not show yet', async () => {
    expect(await followMachine(followed([[], [], [], [], ['flowbench-datagen: done x']], ['gone', 'gone', 'alive']).machine)).toBe('done');
  });

  it('stops when asked to, and leaves it alone', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await followMachine(followed([], ['alive'], stop.signal).machine)).toBe('detached');
  });
});
