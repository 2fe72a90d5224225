import { join } from 'node:path';
import { memoryBudgetBytes } from '../../workloads/campaign/memory-budget.js';
import { turnOrder } from '../../workloads/campaign/rotation.js';
import type { ResultRow } from '../../workloads/model/result-row.js';
import { readRun } from '../../workloads/results/run-folder.js';
import { fakeResume, fakeRun, scratchFolder, type FakeCampaignOptions } from '../fixtures/campaigns.js';
import { writeTinyDataset } from '../fixtures/tiny-dataset.js';

const scratch = scratchFolder();
const dataset = writeTinyDataset(join(scratch, 'data')).dir;
const SMALL = { dataset, out: join(scratch, 'runs'), engines: 'flow,duckdb,spark', queries: 'Q1,Q6', workers: '2', runs: '3', nullRun: 'none' };
const GIGABYTE = 1e9;

const asked = (rows: readonly ResultRow[]): string[] => rows.map((row) => `${row.engine} ${row.query} #${row.repetition}`);
/** The engines in the order of their turns, a turn being what one engine was asked without another between. */
const turns = (rows: readonly ResultRow[]): string[] => rows.map((row) => `${row.engine} ${row.repetition}`).filter((turn, index, all) => turn !== all[index - 1]);

async function logged(raw: Parameters<typeof fakeRun>[0], options: FakeCampaignOptions = {}) {
  const lines: string[] = [];
  return { ...(await fakeRun(raw, { ...options, context: { log: (line) => lines.push(line), ...options.context } })), lines };
}

describe('the order of turns', () => {
  it('is shuffled by the seed, has everybody once in each round, and begins with another one each time', () => {
    const engines = ['a', 'b', 'c', 'd', 'e'];
    const rounds = [1, 2, 3, 4, 5, 6].map((round) => turnOrder(engines, 7, round));
    for (const round of rounds) expect([...round].sort()).toEqual(engines);
    expect(new Set(rounds.slice(0, 5).map(([first]) => first)).size).toBe(5);
    expect(rounds[5]).toEqual(rounds[0]);
    expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => turnOrder(engines, seed, 1).join())).size).toBeGreaterThan(4);
    expect(turnOrder([], 1, 1)).toEqual([]);
  });
});

describe('engines that take turns', () => {
  it('measure one repetition of all their queries each, in the order that the seed gives', async () => {
    const { result, flow } = await fakeRun({ ...SMALL, seed: '3' });
    const order = turnOrder(['flow', 'duckdb', 'spark'], 3, 1);
    const round = (repetition: number): string[] => turnOrder(['flow', 'duckdb', 'spark'], 3, repetition).map((engine) => `${engine} ${repetition}`);
    expect(turns(result.rows)).toEqual([...round(1), ...round(2), ...round(3)]);
    expect(asked(result.rows).slice(0, 2)).toEqual([`${order[0]} Q1 #1`, `${order[0]} Q6 #1`]);
    expect(result.record.config).toMatchObject({ options: { order: 'rotated', seed: 3 } });
    expect(flow.events.filter((event) => event.startsWith('open'))).toHaveLength(1);
    expect(result.rows.map((row) => row.started_at)).toEqual(result.rows.map((row) => row.started_at).sort());
  });

  it('are awake one at a time: all others are stopped before one is asked', async () => {
    const { result, runnerOf } = await fakeRun(SMALL);
    expect(result.rows.every((row) => row.status === 'ok')).toBe(true);
    expect(runnerOf('spark').events).toEqual(['open N=2 metadata-cache=off', 'Q1 #1', 'Q6 #1', 'park', 'unpark', 'Q1 #2', 'Q6 #2', 'park', 'unpark', 'Q1 #3', 'Q6 #3', 'park', 'unpark', 'close']);
  });

  it('would be seen to be awake together (planted: one does not stop)', async () => {
    const { result } = await fakeRun(SMALL, { canPark: (engine) => engine !== 'spark' });
    expect(result.rows.map((row) => row.error)).toContain('The engine did not start: Two sessions are awake at once.');
  });

  it('differ by protocol from engines that are measured one after the other', async () => {
    const [rotated, sequential] = [await fakeRun(SMALL), await fakeRun({ ...SMALL, order: 'sequential' })];
    expect(rotated.result.record.protocol_id).not.toBe(sequential.result.record.protocol_id);
    expect(asked(sequential.result.rows).slice(0, 4)).toEqual(['flow Q1 #1', 'flow Q1 #2', 'flow Q1 #3', 'flow Q6 #1']);
  });

  it('are closed where they cannot be stopped, and warmed unrecorded when they are opened again', async () => {
    const { result, runnerOf, lines } = await logged(SMALL, { onPark: (engine, kind) => (engine === 'spark' && kind === 'park' ? Promise.reject(new Error('it does not listen')) : undefined) });
    expect(lines.filter((line) => line.includes('could not be stopped while others are measured (it does not listen); it is closed.'))).toHaveLength(3);
    expect(runnerOf('spark').events.slice(0, 12)).toEqual(['open N=2 metadata-cache=off', 'Q1 #1', 'Q6 #1', 'park', 'unpark', 'close', 'open N=2 metadata-cache=off', 'Q1 #2', 'Q1 #2', 'Q6 #2', 'Q6 #2', 'park']);
    expect(result.rows).toHaveLength(18);
    expect(result.rows.every((row) => row.status === 'ok')).toBe(true);
  });

  it('are opened again where they do not take up their work', async () => {
    const { result, runnerOf } = await logged(SMALL, { onPark: (engine, kind) => (engine === 'spark' && kind === 'unpark' ? Promise.reject(new Error('dead')) : undefined) });
    expect(runnerOf('spark').events.filter((event) => event.startsWith('open'))).toHaveLength(3);
    expect(result.rows.every((row) => row.status === 'ok')).toBe(true);
    expect(result.sessions.filter(({ engine }) => engine === 'spark').map(({ opening }) => opening)).toEqual([1, 2, 3]);
  });

  it('end a cell at its first repetition without an answer, and go on with the others', async () => {
    const { result, runnerOf } = await fakeRun(SMALL, { outcome: (call) => (call.engine === 'spark' && call.query === 'Q1' ? { status: 'timeout', error: 'slow', stages: {} } : undefined) });
    const rows = result.rows.filter((row) => row.engine === 'spark');
    expect(rows.map((row) => `${row.query} #${row.repetition} ${row.status}`)).toEqual(['Q1 #1 timeout', 'Q6 #1 ok', 'Q6 #2 ok', 'Q6 #3 ok']);
    // Closed after the timeout, opened for the next query.
    expect(runnerOf('spark').events.slice(0, 4)).toEqual(['open N=2 metadata-cache=off', 'Q1 #1', 'close', 'open N=2 metadata-cache=off']);
  });

  it('are tried once when they are not to be had, and fail each cell once', async () => {
    let tried = 0;
    const { result } = await fakeRun(SMALL, { open: (context) => {
      if (context.executor !== null || context.workers === 1) return;
      tried += 1;
      throw new Error('no Java');
    } });
    const rows = result.rows.filter((row) => row.engine === 'spark');
    expect(rows.map((row) => [row.query, row.repetition, row.status])).toEqual([['Q1', 1, 'infrastructure_error'], ['Q6', 1, 'infrastructure_error']]);
    expect(tried).toBe(1);
    expect(result.rows.filter((row) => row.status === 'ok')).toHaveLength(12);
  });
});

describe('sessions that do not all fit into memory', () => {
  const budget = (gigabytes: number): FakeCampaignOptions => ({ context: { memoryBudgetBytes: gigabytes * GIGABYTE } });

  it('are closed, the one whose turn is furthest off first, told, and warmed unrecorded at their next turn', async () => {
    const { result, runnerOf, lines } = await logged(SMALL, budget(4));
    expect(lines.some((line) => /is closed until its next turn: with .* open sessions would hold 6\.0 GB of memory, and 4\.0 GB of this machine are for them\.$/.test(line))).toBe(true);
    const events = (['flow', 'duckdb', 'spark'] as const).flatMap((engine) => runnerOf(engine).events);
    const count = (start: string): number => events.filter((event) => event.startsWith(start)).length;
    const opened = count('open');
    // Two fit: each later round opens one or two again, where closing the one used longest ago would open all three.
    expect(opened).toBeGreaterThan(3);
    expect(opened).toBeLessThan(9);
    // Once recorded each, and once more, unrecorded, for each opening after the first.
    expect(count('Q1')).toBe(9 + (opened - 3));
    expect(count('Q1 #1')).toBe(3);
    expect(result.sessions).toHaveLength(opened);
    expect(result.rows).toHaveLength(18);
  });

  it('stay open where they fit', async () => {
    const { runnerOf, lines } = await logged(SMALL, budget(6));
    expect(lines).toEqual([]);
    expect(runnerOf('spark').events.filter((event) => event.startsWith('Q1'))).toEqual(['Q1 #1', 'Q1 #2', 'Q1 #3']);
  });

  it('may hold a share of the machine, or of what this process is given of it', () => {
    expect(memoryBudgetBytes(10e9, 0)).toBe(7e9);
    expect(memoryBudgetBytes(10e9, 4e9)).toBe(2.8e9);
    expect(memoryBudgetBytes(10e9, 2 ** 63)).toBe(7e9);
  });
});

describe('a run with turns that is stopped', () => {
  const stoppedIn = async (turn: number) => {
    const stop = new AbortController();
    let count = 0;
    const run = await fakeRun(SMALL, { signal: stop.signal, outcome: () => {
      count += 1;
      if (count < turn) return undefined;
      stop.abort();
      return { status: 'cancelled', error: 'stopped', stages: {} };
    } });
    return run;
  };

  it.each([1, 4, 9, 18])('at question %i keeps what it has, closes everything, and measures the rest when it goes on', async (question) => {
    const { result, runnerOf } = await stoppedIn(question);
    expect(result).toMatchObject({ ended: 'interrupted' });
    expect(result.rows).toHaveLength(question - 1);
    for (const engine of ['flow', 'duckdb', 'spark'] as const) {
      const { events } = runnerOf(engine);
      expect(events.filter((event) => event === 'close')).toHaveLength(events.filter((event) => event.startsWith('open')).length);
    }
    const resumed = await fakeResume(result.uri);
    expect(resumed.result.measured).toBe(18 - (question - 1));
    const rows = asked(readRun(result.uri).rows);
    expect(new Set(rows).size).toBe(18);
    expect(rows).toHaveLength(18);
  });

  it('goes on in the order it would have had, and warms what it measured before unrecorded', async () => {
    const { result } = await stoppedIn(9);
    const whole = await fakeRun(SMALL);
    const resumed = await fakeResume(result.uri);
    expect(asked(resumed.result.rows)).toEqual(asked(whole.result.rows));
    const [first] = turns(resumed.result.rows.slice(8));
    const engine = first?.split(' ')[0] as 'flow';
    expect(resumed.runnerOf(engine).events.slice(1, 3)).toEqual(['Q1 #2', 'Q1 #2']);
  });
});
