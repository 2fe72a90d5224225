import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { SessionContext } from '../../workloads/engines/contract.js';
import { parseOptions } from '../../workloads/campaign/parse-options.js';
import { PHASE_ENGINES } from '../../workloads/campaign/presets.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { sessionRecordSchema } from '../../workloads/model/session-record.js';
import { parityDifferences } from '../../workloads/results/parity.js';
import { readRun } from '../../workloads/results/run-folder.js';
import { fakeResume, fakeRun, scratchFolder } from '../fixtures/campaigns.js';
import { writeTinyDataset } from '../fixtures/tiny-dataset.js';

const scratch = scratchFolder();
const dataset = writeTinyDataset(join(scratch, 'data')).dir;
const SMALL = { dataset, out: join(scratch, 'runs'), engines: 'flow,duckdb', queries: 'Q1', workers: '2', runs: '2' };

describe('the null run', () => {
  it('measures the first series of an engine twice: duckdb where it is there', async () => {
    const { result } = await fakeRun({ ...SMALL, workers: '2,1', variants: 'all' });
    const again = result.rows.filter((row) => row.replica === 2);
    expect(again.map((row) => [row.engine, row.variant, row.tier, row.workers, row.repetition])).toEqual([['duckdb', 'metadata-cache=off', 'default', 1, 1], ['duckdb', 'metadata-cache=off', 'default', 1, 2]]);
    const first = result.rows.filter((row) => row.engine === 'duckdb' && row.variant === 'metadata-cache=off' && row.replica === 1);
    expect(first).toHaveLength(2);
    expect(new Set([...first, ...again].map((row) => row.cell_id)).size).toBe(2);
    expect(new Set([...first, ...again].map((row) => row.session_id)).size).toBe(2);
  });

  it('is of the engine that is named, at the number of workers that was named first; of none for none', async () => {
    const { result } = await fakeRun({ ...SMALL, workers: '2,1', nullRun: 'flow' });
    expect(result.rows.filter((row) => row.replica === 2).map((row) => [row.engine, row.workers])).toEqual([['flow', 2], ['flow', 2]]);
    const { result: without } = await fakeRun({ ...SMALL, nullRun: 'none' });
    expect(without.rows.every((row) => row.replica === 1)).toBe(true);
  });

  it('is of the first engine where duckdb is not measured, and of none where a single repetition is', () => {
    expect(parseOptions({ dataset, engines: 'spark,flow' }, 2).options.nullRun).toBe('spark');
    expect(parseOptions({ dataset, runs: '1' }, 2, { smallestRuns: 1 }).options.nullRun).toBeNull();
  });

  it('is refused for an engine that is not measured', () => {
    expect(parseOptions({ dataset, nullRun: 'trino' }, 2).problems).toEqual(['--null-run trino is not among the engines that are measured: flow, duckdb.']);
    expect(parseOptions({ dataset, nullRun: 'mysql' }, 2).problems).toEqual(['--null-run: Unknown engine "mysql"; known: flow, duckdb, spark, trino, daft, ematix.']);
  });
});

describe('tiers', () => {
  const tiers = { spark: ['default', 'plan', 'tuned'] };

  it('are series of their own, of the engines that have them; who has none is told and left out', async () => {
    const lines: string[] = [];
    const { result } = await fakeRun({ ...SMALL, engines: 'spark,duckdb', tiers: 'plan,tuned' }, { tiers, context: { log: (line) => lines.push(line) } });
    expect([...new Set(result.rows.map((row) => `${row.engine} ${row.tier}`))].sort()).toEqual(['spark plan', 'spark tuned']);
    expect(lines).toEqual(['duckdb is not measured: it has none of the tiers plan, tuned, only default.']);
    const all = await fakeRun({ ...SMALL, engines: 'spark,duckdb', tiers: 'all', nullRun: 'none' }, { tiers });
    expect(new Set(all.result.rows.map((row) => `${row.engine} ${row.tier}`)).size).toBe(4);
  });

  it('that no engine has are refused', async () => {
    await expect(fakeRun({ ...SMALL, tiers: 'default,turbo' })).rejects.toThrow('--tiers turbo is a tier of none of the engines flow, duckdb; they have: default.');
  });

  it('name the session, so that two of one engine never share a folder', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'spark', tiers: 'all', nullRun: 'none' }, { tiers });
    expect(result.sessions.map((session) => session.session_id).sort()).toEqual([
      expect.stringMatching(/^spark-off-2-[0-9a-f]{6}$/), expect.stringMatching(/^spark-off-plan-2-[0-9a-f]{6}$/), expect.stringMatching(/^spark-off-tuned-2-[0-9a-f]{6}$/),
    ]);
  });
});

describe('variants', () => {
  it('are the first of each engine where none is named', async () => {
    const { result } = await fakeRun(SMALL);
    expect(new Set(result.rows.map((row) => row.variant))).toEqual(new Set(['metadata-cache=off']));
    expect((await fakeRun({ ...SMALL, variants: 'on,default' })).result.rows.filter((row) => row.engine === 'flow')).toHaveLength(4);
  });

  it('that no engine has are refused, also beside one that they have', async () => {
    await expect(fakeRun({ ...SMALL, variants: 'default,turbo' })).rejects.toThrow('--variants turbo is a variant of none of the engines flow, duckdb.');
    await expect(fakeRun({ ...SMALL, variants: 'turbo' })).rejects.toThrow(/names none of the variants of flow; it has: metadata-cache=off, metadata-cache=on; or say all, or default/);
  });
});

describe('ematix', () => {
  it('is measured on doubles alone, and the refusal says how to get them', async () => {
    await expect(fakeRun({ ...SMALL, engines: 'ematix,duckdb' })).rejects.toThrow(/--engines ematix takes the digits of a decimal for a whole number.*--numeric double/);
    const doubles = writeTinyDataset(join(scratch, 'doubles'), { numeric: 'double' }).dir;
    expect((await fakeRun({ ...SMALL, dataset: doubles, engines: 'ematix' })).result.rows.every((row) => row.status === 'ok')).toBe(true);
  });
});

describe('a preset', () => {
  it.each([['beta', 'spark'], ['gamma', 'trino'], ['delta', 'daft']] as const)('%s measures %s: all 22, N = 1, 2, 4, 8, at scale factor 10 or 100', (preset, engine) => {
    const { options, problems } = parseOptions({ dataset, preset }, 2, { target: 'kubernetes', engines: PHASE_ENGINES[preset] ?? [] });
    expect(problems).toEqual([]);
    expect(options).toMatchObject({ engines: [engine], workers: [1, 2, 4, 8], order: 'sequential', nullRun: engine });
    expect(options.queries).toHaveLength(22);
  });

  it('over another scale factor is refused', async () => {
    await expect(fakeRun({ dataset, out: SMALL.out, preset: 'beta' })).rejects.toThrow(/Preset "beta" is defined over scale factor 10 or 100, this dataset has 0\.01/);
  });

  it('of an engine that a phase does not run is refused there', () => {
    expect(parseOptions({ dataset, preset: 'gamma' }, 2, { target: 'kubernetes', engines: ['spark'] }).problems).toEqual(['--engines trino does not run on a cluster in this version; here: spark.']);
  });
});

describe('on a cluster', () => {
  it('engines do not take turns: open sessions would hold the nodes of each other', () => {
    expect(parseOptions({ dataset, order: 'rotated' }, 2, { target: 'kubernetes' }).problems).toEqual([
      '--order rotated is not for a cluster, where open sessions would hold the nodes of each other; here: sequential.',
    ]);
  });
});

describe('what a session had', () => {
  it('is stored beside the rows, once for each opening, before the first of them', async () => {
    const { result } = await fakeRun({ ...SMALL, nullRun: 'none' });
    const stored = readRun(result.uri);
    expect(stored.sessions).toEqual(result.sessions);
    expect(stored.sessions).toHaveLength(2);
    expect(new Set(stored.rows.map((row) => row.session_id))).toEqual(new Set(stored.sessions.map((session) => session.session_id)));
    const flow = stored.sessions.find(({ engine }) => engine === 'flow');
    expect(flow).toMatchObject({ opening: 1, tier: 'default', replica: 1, workers: 2, asked: { threads_total: 2, memory_bytes_total: 2e9 }, parity: { threads_total: 2 }, open_stages: { session_ms: 1, start_ms: null } });
    for (const line of readFileSync(join(result.uri, 'sessions.jsonl'), 'utf8').trimEnd().split('\n')) expect(sessionRecordSchema.safeParse(JSON.parse(line)).success).toBe(true);
  });

  it('counts openings on over a restart', async () => {
    const stop = new AbortController();
    const first = await fakeRun({ ...SMALL, engines: 'duckdb', nullRun: 'none' }, { signal: stop.signal, outcome: (call) => {
      if (call.repetition === 1) return undefined;
      stop.abort();
      return { status: 'cancelled', error: 'stopped', stages: {} };
    } });
    const { result } = await fakeResume(first.result.uri);
    expect(readRun(result.uri).sessions.map(({ opening }) => opening)).toEqual([1, 2]);
  });

  it('is told aloud and recorded where it is other memory than asked, and measured all the same', async () => {
    const lines: string[] = [];
    const { result } = await fakeRun({ ...SMALL, engines: 'spark', nullRun: 'none' }, { parity: { memoryLimitBytesTotal: 1.5e9 }, context: { log: (line) => lines.push(line) } });
    expect(result.rows.every((row) => row.status === 'ok')).toBe(true);
    expect(lines).toEqual(['NOT EQUAL: spark, N=2 may use 1.50 GB of memory, where 2.00 GB were to be had. Its numbers stand beside those of engines that have what they were given.']);
    expect(readRun(result.uri).sessions[0]?.parity.memory_limit_bytes_total).toBe(1.5e9);
  });

  it('is nothing to tell of within a tenth (planted: a tenth is what tells)', () => {
    const record = (memory: number) => ({ engine: 'spark', workers: 2, parity: { nodes: 1, threads_total: 2, memory_limit_bytes_total: memory, storage_medium: 'local_disk', dataset_id: 'd', parallelism: 2, scratch_free_bytes: null }, asked: { threads_total: 2, memory_bytes_total: 1000 } });
    expect(parityDifferences(record(1100))).toEqual([]);
    expect(parityDifferences(record(1101))).toHaveLength(1);
    expect(parityDifferences(record(899))).toHaveLength(1);
  });

  it('refuses other cores and other data', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'spark', nullRun: 'none' }, { parity: { threadsTotal: 3 } });
    expect(result.rows.map((row) => [row.status, row.error])).toEqual([['infrastructure_error', 'parity: the engine has 3 threads instead of 2']]);
    expect(result.sessions).toEqual([]);
  });

  it('may have the cores that its tier states, told aloud as others than every engine is given (planted: other than these)', async () => {
    const lines: string[] = [];
    const stated = { tierThreads: 3, parity: { threadsTotal: 3 }, context: { log: (line: string) => lines.push(line) } };
    const { result } = await fakeRun({ ...SMALL, engines: 'spark', nullRun: 'none' }, stated);
    expect(result.rows.every((row) => row.status === 'ok')).toBe(true);
    expect(result.sessions[0]).toMatchObject({ parity: { threads_total: 3 }, asked: { threads_total: 2 } });
    expect(lines).toEqual(['NOT EQUAL: spark, N=2 computes with 3 threads, where 2 were to be had. Its numbers stand beside those of engines that have what they were given.']);
    const planted = await fakeRun({ ...SMALL, engines: 'spark', nullRun: 'none' }, { tierThreads: 3, parity: { threadsTotal: 2 } });
    expect(planted.result.rows.map((row) => [row.status, row.error])).toEqual([['infrastructure_error', 'parity: the engine has 2 threads instead of 3']]);
  });

  it('gets a folder of its own for what is kept, absolute, which nobody makes in vain, and one for what is not', async () => {
    const seen: SessionContext[] = [];
    const { result } = await fakeRun({ ...SMALL, out: join(scratch, 'relative') }, { open: (context) => { seen.push(context); } });
    for (const { artifactsUri, sessionId, scratchDir } of seen) {
      expect(artifactsUri).toBe(join(result.uri, 'engines', sessionId));
      expect(isAbsolute(artifactsUri ?? '')).toBe(true);
      expect(scratchDir).toBe(join(result.uri, 'scratch', sessionId));
    }
    expect(new Set(seen.map(({ scratchDir }) => scratchDir)).size).toBe(3);
    expect(existsSync(join(result.uri, 'engines'))).toBe(false);
  });
});

describe('an engine that is not to be had', () => {
  it.each(['tool_missing', 'engine_unavailable'] as const)('by %s is unavailable, with the reason', async (code) => {
    const { result } = await fakeRun({ ...SMALL, engines: 'spark', nullRun: 'none' }, { open: () => { throw new FlowbenchError(code, 'Java 8 is too old.', { remedy: 'Install 17.' }); } });
    expect(result.rows.map((row) => [row.status, row.error])).toEqual([['unavailable', 'The engine did not start: Java 8 is too old. Install 17.']]);
  });

  it('by anything else is an error of the infrastructure (planted)', async () => {
    const { result } = await fakeRun({ ...SMALL, engines: 'spark', nullRun: 'none' }, { open: () => { throw new FlowbenchError('internal', 'Java 8 is too old.'); } });
    expect(result.rows[0]?.status).toBe('infrastructure_error');
  });
});
