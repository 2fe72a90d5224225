import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { Trust } from '../../workloads/campaign/trust.js';
import type { EngineSession, QueryOutcome, SessionContext } from '../../workloads/engines/contract.js';
import { tablesIn } from '../../workloads/engines/ematix/session.js';
import type { ProcessEnd } from '../../workloads/engines/ematix/unit-process.js';
import { judgeUnit, lastError } from '../../workloads/engines/ematix/unit-report.js';
import { workUnitOf } from '../../workloads/engines/ematix/units.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import type { QueryId } from '../../workloads/model/queries.js';
import { parseWorkUnit } from '../../workloads/model/work-unit.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { doubleSample, SAMPLE } from '../fixtures/double-sample.js';
import { standInRunner, type StandInOptions } from '../fixtures/ematix-stand-in.js';
import { sessionContext } from '../fixtures/inline-flow.js';

const DATASET_MS = 60_000;

function ended(changes: Partial<ProcessEnd>): ProcessEnd {
  return { exitCode: 0, signal: null, stopped: null, stdout: '', log: '', elapsedMs: 100, peakBytes: null, idleMs: 0, wasMemoryShort: false, startError: null, ...changes };
}

const REPORT = '{"work_unit_id":"wu-1","query":"sql","wall_ms":12,"decode_ms":1,"exec_ms":10,"output_write_ms":1,"rows_in":null,"rows_out":4,"output_uri":"file:///out.arrow"}';

describe('what became of a unit', () => {
  const errorLog = (text: string, code: number): string => `2026-05-04T10:00:00.000000Z  INFO work-unit parsed; starting execution work_unit_id="wu-1"\n2026-05-04T10:00:00.100000Z ERROR execute_work_unit failed error=${text} exit_code=${code}\n`;

  it.each([
    ['query_failed', 3, 'execution error: collect: External error: emat reader: page 3'],
    ['unsupported', 3, 'execution error: plan: This feature is not implemented: x'],
    ['out_of_memory', 3, 'execution error: collect: Resources exhausted: Failed to allocate'],
    ['query_failed', 2, 'config error: open "lineitem": footer: unsupported encoding'],
    ['bad_input', 2, 'config error: table "lineitem": "/x/lineitem.parquet" not found'],
    ['out_of_disk', 4, 'output error: ipc write: Io error: No space left on device (os error 28)'],
    ['storage', 4, 'output error: create "/x": Permission denied'],
  ])('is %s for exit code %d with "%s"', (kind, exitCode, text) => {
    const verdict = judgeUnit('wu-1', ended({ exitCode, log: errorLog(text, exitCode) }));
    expect(verdict).toMatchObject({ ok: false, failure: { kind, exitCode, message: expect.stringContaining(text) as string } });
  });

  it('tells a unit that hung from one that computed when its time was up', () => {
    const stopped = { stopped: 'timeout', exitCode: null, signal: 'SIGKILL', elapsedMs: 60_000 } as const;
    expect(judgeUnit('wu-1', ended({ ...stopped, idleMs: 55_000 }))).toMatchObject({ failure: { kind: 'timeout', message: 'ematix-flow hung: it had used no processor time for 55.0 s when it was killed at its time limit.' } });
    expect(judgeUnit('wu-1', ended({ ...stopped, idleMs: 30 }))).toMatchObject({ failure: { kind: 'timeout', message: 'ematix-flow still computed when it was killed at its time limit.' } });
  });

  it('is the engine\'s failure when it dies, and want of memory only where the system killed for it', () => {
    expect(judgeUnit('wu-1', ended({ exitCode: null, signal: 'SIGSEGV' }))).toMatchObject({ failure: { kind: 'query_failed', message: 'ematix-flow was ended by SIGSEGV.' } });
    expect(judgeUnit('wu-1', ended({ exitCode: null, signal: 'SIGKILL', wasMemoryShort: true }))).toMatchObject({ failure: { kind: 'out_of_memory' } });
    const panic = "thread 'main' panicked at src/x.rs:1:1:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`";
    expect(judgeUnit('wu-1', ended({ exitCode: 101, log: panic }))).toMatchObject({ failure: { kind: 'query_failed', message: expect.stringContaining('panicked at src/x.rs:1:1: index out of bounds') as string } });
  });

  it('takes the one report on the unit, whatever is printed around it', () => {
    expect(judgeUnit('wu-1', ended({ stdout: `50 %\n{"progress":1}\n${REPORT}\nbye\n` }))).toMatchObject({ ok: true, report: { rows_out: 4, wall_ms: 12 } });
    expect(judgeUnit('wu-1', ended({ stdout: `${REPORT}\n${REPORT}\n` }))).toMatchObject({ ok: false, failure: { kind: 'query_failed', message: expect.stringContaining('2 reports on wu-1') as string } });
    expect(judgeUnit('wu-2', ended({ stdout: `${REPORT}\n` }))).toMatchObject({ ok: false, failure: { message: expect.stringContaining('0 reports on wu-2') as string } });
  });

  it('finds the last error in a log', () => {
    expect(lastError('')).toBeNull();
    expect(lastError('2026 INFO fine\n')).toBeNull();
    expect(lastError(errorLog('config error: a=b', 2))).toBe('config error: a=b');
  });
});

describe('the orders', () => {
  it('are work units of version 1, with the text of the query and no range of row groups', () => {
    const unit = workUnitOf({ id: 'wu-Q6-1', sql: 'select 1', tables: ['lineitem'], folder: '/data/unit-0' }, '/out/a.arrow');
    expect(parseWorkUnit(JSON.stringify(unit))).toEqual(unit);
    expect(unit.query).toEqual({ kind: 'sql', sql: 'select 1' });
    expect(unit.input.row_group_range).toEqual({});
  });

  it('list the tables that the text names', () => {
    expect(tablesIn(queryText('Q6', 1))).toEqual(['lineitem']);
    expect(tablesIn(queryText('Q16', 1))).toEqual(['supplier', 'part', 'partsupp']);
    expect(tablesIn(queryText('Q22', 1))).toEqual(['customer', 'orders']);
  });
});

describe('a session', () => {
  let dataset: DatasetHandle;
  let trust: Trust;
  let scratchDir: string;
  const opened: EngineSession[] = [];
  const QUERIES = ['Q6', 'Q12', 'Q20', 'Q21', 'Q22'] as const;

  beforeAll(async () => {
    dataset = await doubleSample();
    trust = new Trust(dataset, new Map(await Promise.all(QUERIES.map(async (id) => [id, await loadAnswer(dataset, id, queryText(id, 0.01))] as const))));
  }, DATASET_MS);
  beforeEach(() => { scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-ematix-')); });
  afterEach(async () => { await Promise.all(opened.splice(0).map((session) => session.close())); });

  function context(overrides: Partial<SessionContext> = {}): SessionContext {
    return sessionContext(dataset, scratchDir, { executor: 'process', variant: 'default', ...overrides });
  }
  async function open(options: StandInOptions = {}, overrides: Partial<SessionContext> = {}): Promise<EngineSession> {
    const session = await standInRunner(options).open(context(overrides));
    opened.push(session);
    return session;
  }
  function ask(session: EngineSession, id: QueryId, limits: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<QueryOutcome> {
    return session.run({ id, text: queryText(id, 0.01) }, { timeoutMs: 30_000, signal: new AbortController().signal, repetition: 1, ...limits });
  }
  function judge(session: EngineSession, id: QueryId, outcome: QueryOutcome): { isRight: boolean; remark: string | null } {
    if (outcome.status !== 'ok') throw new Error(`${outcome.status}: ${outcome.error}`);
    return trust.judge(id, outcome, session.precision(id), true);
  }

  it.each([1, 2])('answers by %d units, with evidence of every row group, and leaves nothing', async (workers) => {
    const session = await open({}, { workers, threadsPerWorker: 2 / workers });
    expect(session).toMatchObject({ label: 'ematix-flow 1.0.0', version: '1.0.0', parity: { threadsTotal: 2, storageMedium: 'local_copy' } });
    for (const id of QUERIES) {
      const outcome = await ask(session, id);
      expect([id, judge(session, id, outcome)]).toEqual([id, expect.objectContaining({ isRight: true })]);
      expect(outcome).toMatchObject({ coverage: { expects: 'all' } });
    }
    expect(existsSync(join(scratchDir, 'ematix'))).toBe(true);
    await opened.pop()?.close();
    expect(readdirSync(scratchDir)).toEqual([]);
  }, DATASET_MS);

  it('takes the reader\'s refusal, a hang and a crash for failures of the engine, and answers the next query', async () => {
    const session = await open({ faults: ['reader-error@Q12', 'hang@Q20', 'killed@Q22', 'plan-error@Q21'] }, { artifactsUri: join(scratchDir, 'kept') });
    const failed = await ask(session, 'Q12');
    expect(failed).toMatchObject({ status: 'engine_error', error: expect.stringMatching(/^wu-Q12-1-0: (stopped, as wu-Q12-1-1 failed: )?ematix-flow ended with exit code 3: execution error: collect: External error/) as string });
    expect(readFileSync((failed as { traceLink: string }).traceLink, 'utf8')).toContain('data page is PLAIN-encoded');
    expect(await ask(session, 'Q20', { timeoutMs: 3_000 })).toMatchObject({ status: 'timeout', error: expect.stringMatching(/hung: it had used no processor time for \d\.\d s .*unexpected end of column chunk/) as string });
    expect(await ask(session, 'Q22')).toMatchObject({ status: 'engine_error', error: expect.stringContaining('was ended by SIGKILL') as string });
    expect(await ask(session, 'Q21')).toMatchObject({ status: 'unsupported', error: expect.stringContaining('plan: This feature is not implemented') as string });
    expect(judge(session, 'Q6', await ask(session, 'Q6')).isRight).toBe(true);
  }, DATASET_MS);

  it('shows a silently wrong answer as one', async () => {
    const session = await open({ faults: ['wrong-q12'] }, { workers: 1, threadsPerWorker: 2 });
    const outcome = await ask(session, 'Q12');
    expect(outcome.status).toBe('ok');
    expect(judge(session, 'Q12', outcome)).toMatchObject({ isRight: false, remark: expect.stringContaining('answer:') as string });
  }, DATASET_MS);

  it('believes neither a report of other rows than were written nor an output that is no Arrow, and bears noise on stdout', async () => {
    const session = await open({ faults: ['rows-apart@Q6', 'no-arrow@Q12', 'extra-lines@Q22', 'other-unit@Q20'] }, { workers: 1, threadsPerWorker: 2 });
    expect(await ask(session, 'Q6')).toMatchObject({ status: 'engine_error', error: expect.stringContaining('reports 2 rows and wrote 1') as string });
    expect(await ask(session, 'Q12')).toMatchObject({ status: 'engine_error', error: expect.stringContaining('is no Arrow file') as string });
    expect(await ask(session, 'Q20')).toMatchObject({ status: 'engine_error', error: expect.stringContaining('0 reports on') as string });
    expect(judge(session, 'Q22', await ask(session, 'Q22')).isRight).toBe(true);
  }, DATASET_MS);

  it('ends what computes when it is stopped', async () => {
    const session = await open({ faults: ['endless@Q6'] });
    expect(await ask(session, 'Q6', { timeoutMs: 1_000 })).toMatchObject({ status: 'timeout', error: expect.stringContaining('still computed') as string });
    expect(await ask(session, 'Q6', { signal: AbortSignal.timeout(800) })).toMatchObject({ status: 'cancelled' });
  }, DATASET_MS);

  it('is not opened on decimals, on S3, by another executor, for another version, or without the program', async () => {
    const decimals = await loadDataset(SAMPLE);
    await expect(open({}, { dataset: decimals })).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining('whole numbers without their scale') as string });
    await expect(open({}, { dataset: { ...dataset, uri: 's3://bucket/data' } })).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining('refuses s3://') as string });
    await expect(open({}, { executor: 'warm' })).rejects.toThrow('ematix-flow has no executor "warm".');
    await expect(open({}, { variant: 'fast' })).rejects.toThrow('Unknown variant "fast".');
    await expect(open({ version: '1.1.0' })).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining('is ematix-flow 1.1.0, and 1.0.0 was asked for') as string });
    expect(readdirSync(scratchDir)).toEqual([]);
  }, DATASET_MS);
});
