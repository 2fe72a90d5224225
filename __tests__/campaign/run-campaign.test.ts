import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { resultRowSchema } from '../../workloads/model/result-row.js';
import { readRun } from '../../workloads/results/run-folder.js';
import { fakeResume, fakeRun, scratchFolder } from '../fixtures/campaigns.js';
import { writeTinyDataset } from '../fixtures/tiny-dataset.js';

const scratch = scratchFolder();
const dataset = writeTinyDataset(join(scratch, 'data')).dir;
const out = join(scratch, 'runs');
const SMALL = { dataset, out, engines: 'flow,duckdb', queries: 'Q1,Q6', workers: '1,2', runs: '3', order: 'sequential', nullRun: 'none' };

describe('a campaign', () => {
  it('measures every cell, the single-process engine once per query, and stores each row', async () => {
    const { result, progress } = await fakeRun(SMALL);
    expect(result.ended).toBe('complete');
    expect(progress.parts).toEqual([
      'flow warm balanced metadata-cache=off N=1 Q1', 'flow warm balanced metadata-cache=off N=1 Q6',
      'flow warm balanced metadata-cache=off N=2 Q1', 'flow warm balanced metadata-cache=off N=2 Q6',
      'duckdb metadata-cache=off N=1 Q1', 'duckdb metadata-cache=off N=1 Q6',
    ]);
    expect(readRun(result.uri).rows).toEqual(result.rows);
    expect(result.rows).toHaveLength(18);
    expect(result.rows.every((row) => row.status === 'ok' && row.strict_ok === true)).toBe(true);
    expect(result.rows.filter((row) => row.cold).map((row) => row.repetition)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(new Set(result.rows.map((row) => row.row_id)).size).toBe(18);
    expect(existsSync(join(result.uri, 'lock'))).toBe(false);
    expect(existsSync(join(result.uri, 'scratch'))).toBe(false);
  });

  it('proves coverage where there are work units, and says nothing where there are none', async () => {
    const { result } = await fakeRun(SMALL);
    expect(new Set(result.rows.map((row) => `${row.engine} ${row.coverage_ok}`))).toEqual(new Set(['flow true', 'duckdb null']));
  });

  it('keeps one session open at a time, one per series and number of workers', async () => {
    const { flow, duckdb } = await fakeRun({ ...SMALL, variants: 'all' });
    expect(flow.events.filter((event) => event.startsWith('open'))).toEqual([
      'open N=1 metadata-cache=off', 'open N=2 metadata-cache=off', 'open N=1 metadata-cache=on', 'open N=2 metadata-cache=on',
    ]);
    expect(duckdb.events[0]).toBe('open N=1 metadata-cache=off');
  });

  it('writes its record before the first cell, exploratory for a revision it does not know', async () => {
    const seen: unknown[] = [];
    const { result } = await fakeRun(SMALL, { open: () => seen.push(null), context: { onStart: (dir) => seen.push(readRun(dir).rows.length) } });
    expect(seen[0]).toBe(0);
    expect(result.record).toMatchObject({ git_sha: null, git_dirty: null, exploratory: true, prices: null });
  });

  it('computes cost only with a price', async () => {
    const free = await fakeRun(SMALL);
    expect(free.result.rows.every((row) => row.cost_usd === null && row.usd_per_tb_scanned === null)).toBe(true);
    const priced = await fakeRun({ ...SMALL, price: 'm5.xlarge' });
    const row = priced.result.rows.find(({ workers, repetition }) => workers === 2 && repetition === 1);
    expect(row?.cost_usd).toBeCloseTo((10 / 3_600_000) * (2 * 0.192 + 0.1), 15);
    expect(row?.usd_per_tb_scanned).toBeCloseTo((row?.cost_usd ?? 0) * 1e6, 9);
  });
});

describe('outcomes', () => {
  it('calls a wrong answer wrong, in every repetition, without a number', async () => {
    const { result } = await fakeRun(SMALL, {
      outcome: (call, sound) => (call.query === 'Q6' ? { ...sound, rows: { ...sound.rows, rows: [['1000.0001']] } } : undefined),
    });
    const wrong = result.rows.filter((row) => row.query === 'Q6');
    expect(wrong).toHaveLength(9);
    expect(wrong[0]).toMatchObject({ status: 'wrong_answer', strict_ok: false, spec_ok: true, duration_ms: null, end_to_end_ms: null, cost_usd: null });
    expect(wrong[0]?.error).toContain('column "revenue": got 1000.0001, expected 1000.0000');
  });

  it('lets an engine that declares why be within tolerance, and says so', async () => {
    const inexact = { precision: { kind: 'double', why: 'it has no decimals' } as const };
    const outcome = (value: string) => ({ ...inexact, outcome: (call: { query: string }, sound: { rows: { columns: [] } }) => (call.query === 'Q6' ? { ...sound, rows: { ...sound.rows, rows: [[value]] } } : undefined) }) as never;
    const near = await fakeRun({ ...SMALL, queries: 'Q6' }, outcome('1000.0001'));
    expect(near.result.rows[0]).toMatchObject({ status: 'ok', strict_ok: false, spec_ok: true });
    expect(near.result.rows[0]?.error).toContain('declared double: it has no decimals');
    const far = await fakeRun({ ...SMALL, queries: 'Q6' }, outcome('9000.0000'));
    expect(far.result.rows[0]).toMatchObject({ status: 'wrong_answer', spec_ok: false });
  });

  it('calls a right answer wrong when the row groups were not read as they had to be', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'flow' }, {
      outcome: (call, sound) => {
        const [stage] = sound.coverage?.stages ?? [];
        if (stage === undefined || call.workers !== 2) return undefined;
        return { ...sound, coverage: { stages: [{ ...stage, units: stage.units.slice(1) }] } };
      },
    });
    const row = result.rows.find(({ workers }) => workers === 2);
    expect(row).toMatchObject({ status: 'wrong_answer', coverage_ok: false, strict_ok: true, duration_ms: null });
    expect(row?.error).toBe('coverage: row groups 0, 2, 4 of lineitem were not read');
    expect(result.rows.find(({ workers }) => workers === 1)).toMatchObject({ status: 'ok', coverage_ok: true });
  });

  it('wants evidence from an engine with work units', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'flow' }, { outcome: (_call, sound) => ({ ...sound, coverage: null }) });
    expect(result.rows[0]).toMatchObject({ status: 'wrong_answer', coverage_ok: false });
  });

  it('stops a cell at its first timeout, goes on with the next, in a fresh session', async () => {
    const { result, duckdb } = await fakeRun({ ...SMALL, engines: 'duckdb' }, {
      outcome: (call) => (call.query === 'Q1' && call.repetition === 2 ? { status: 'timeout', error: 'too slow', stages: {} } : undefined),
    });
    expect(result.rows.map((row) => `${row.query} ${row.status} ${row.duration_ms}`)).toEqual(['Q1 ok 10', 'Q1 timeout null', 'Q6 ok 10', 'Q6 ok 20', 'Q6 ok 30']);
    expect(duckdb.events).toEqual(['open N=1 metadata-cache=off', 'Q1 #1', 'Q1 #2', 'close', 'open N=1 metadata-cache=off', 'Q6 #1', 'Q6 #2', 'Q6 #3', 'close']);
  });

  it('takes an engine that throws, against its contract, for an engine error', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'duckdb' }, { outcome: () => Promise.reject(new Error('boom')) });
    expect(result.rows.map((row) => [row.query, row.status])).toEqual([['Q1', 'engine_error'], ['Q6', 'engine_error']]);
  });

  it('records an engine that does not start, for each of its cells, and goes on with the other', async () => {
    const { result } = await fakeRun(SMALL, { open: (context) => { if (context.executor !== null) throw new Error('no such program'); } });
    const flow = result.rows.filter((row) => row.engine === 'flow');
    expect(flow).toHaveLength(4);
    expect(flow[0]).toMatchObject({ status: 'infrastructure_error', error: 'The engine did not start: no such program', engine_version: null, duration_ms: null });
    expect(result.rows.filter((row) => row.engine === 'duckdb' && row.status === 'ok')).toHaveLength(6);
  });

  it('refuses an engine that does not have what it was given', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'flow' }, { parity: { threadsTotal: 16, datasetId: 'another' } });
    expect(result.rows[0]).toMatchObject({ status: 'infrastructure_error' });
    expect(result.rows[0]?.error).toBe('parity: the engine reads dataset another; the engine has 16 threads instead of 1');
  });
});

describe('stopping and going on', () => {
  /** Stops the run when the engine is asked for the given repetition. */
  async function interruptedAt(query: string, repetition: number) {
    const stop = new AbortController();
    return fakeRun({ ...SMALL, engines: 'duckdb' }, {
      signal: stop.signal,
      outcome: (call) => {
        if (call.query !== query || call.repetition !== repetition) return undefined;
        stop.abort();
        return { status: 'cancelled', error: 'stopped', stages: {} };
      },
    });
  }

  it('does not record the query that was running', async () => {
    const { result, duckdb } = await interruptedAt('Q6', 1);
    expect(result.ended).toBe('interrupted');
    expect(result.rows.map((row) => `${row.query} #${row.repetition}`)).toEqual(['Q1 #1', 'Q1 #2', 'Q1 #3']);
    expect(duckdb.events.at(-1)).toBe('close');
  });

  it('takes a worker lost to the same Ctrl-C for an interruption, not for a result', async () => {
    const stop = new AbortController();
    const { result } = await fakeRun({ ...SMALL, engines: 'duckdb' }, {
      signal: stop.signal,
      outcome: () => {
        stop.abort();
        return { status: 'infrastructure_error', error: 'a worker was killed', stages: {} };
      },
    });
    expect(result).toMatchObject({ ended: 'interrupted', rows: [] });
  });

  it('measures only what is missing', async () => {
    const first = await interruptedAt('Q6', 1);
    const { result, duckdb, progress } = await fakeResume(first.result.uri);
    expect(duckdb.events).toEqual(['open N=1 metadata-cache=off', 'Q6 #1', 'Q6 #2', 'Q6 #3', 'close']);
    expect(progress.begun).toEqual([1, 3]);
    expect(result.measured).toBe(3);
    const whole = await fakeRun({ ...SMALL, engines: 'duckdb' });
    const verdicts = (rows: typeof result.rows) => rows.map((row) => `${row.cell_id} ${row.repetition} ${row.status} ${row.strict_ok} ${row.result_hash}`);
    expect(verdicts(readRun(result.uri).rows)).toEqual(verdicts(whole.result.rows));
  });

  it('repeats a half-measured cell\'s cold run unrecorded, as its session is new', async () => {
    const first = await interruptedAt('Q6', 2);
    const { result, duckdb } = await fakeResume(first.result.uri);
    expect(duckdb.events).toEqual(['open N=1 metadata-cache=off', 'Q6 #2', 'Q6 #2', 'Q6 #3', 'close']);
    expect(result.rows.filter((row) => row.query === 'Q6').map((row) => row.repetition)).toEqual([1, 2, 3]);
  });

  it('measures nothing when nothing is missing, and leaves a failed cell as it is', async () => {
    const first = await fakeRun(SMALL, { outcome: (call) => (call.query === 'Q1' ? { status: 'timeout', error: 'slow', stages: {} } : undefined) });
    const { result, flow, duckdb } = await fakeResume(first.result.uri);
    expect([...flow.events, ...duckdb.events]).toEqual([]);
    expect(result.rows).toEqual(first.result.rows);
  });

  it('is not confused by a line that was torn while it was written', async () => {
    const first = await fakeRun({ ...SMALL, engines: 'duckdb' });
    const results = join(first.result.uri, 'results.ndjson');
    truncateSync(results, readFileSync(results).length - 40);
    const { result, duckdb } = await fakeResume(first.result.uri);
    expect(duckdb.events.filter((event) => event.startsWith('Q'))).toEqual(['Q6 #3', 'Q6 #3']);
    const lines = readFileSync(results, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(resultRowSchema.safeParse(JSON.parse(line)).success).toBe(true);
    expect(result.rows).toHaveLength(6);
  });

  it('ends with the rows it has when the data changes meanwhile', async () => {
    const own = writeTinyDataset(join(scratch, 'changing')).dir;
    const change = { done: false };
    const running = fakeRun({ ...SMALL, dataset: own, engines: 'flow' }, {
      outcome: (call) => {
        if (call.workers === 1 && call.query === 'Q6' && !change.done) {
          change.done = true;
          appendFileSync(join(own, 'lineitem/part-0.parquet'), 'more');
        }
        return undefined;
      },
      context: { onStart: (dir) => Object.assign(change, { dir }) },
    });
    await expect(running).rejects.toMatchObject({ code: 'dataset_changed' });
    expect(readRun((change as unknown as { dir: string }).dir).rows).toHaveLength(6);
  });
});
