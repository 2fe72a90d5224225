import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnitOutcome, WorkUnitExecutor } from '../../workloads/coordinator/executor.js';
import { InlineExecutor } from '../../workloads/coordinator/executors/inline-executor.js';
import { ProcessExecutor } from '../../workloads/coordinator/executors/process-executor.js';
import { WarmExecutor } from '../../workloads/coordinator/executors/warm-executor.js';
import type { WorkerProgram } from '../../workloads/coordinator/executors/worker-program.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { WORK_UNIT_V2_SCHEMA } from '../../workloads/model/names.js';
import type { WorkUnitV2 } from '../../workloads/model/work-unit.js';
import { faultyWorker } from '../fixtures/worker-programs.js';

const RETRY = { storageAttempts: 3, lostAttempts: 2, backoffMs: 1 };
const NEVER = new AbortController().signal;

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-executors-'));
const open: WorkUnitExecutor[] = [];
afterEach(async () => { await Promise.all(open.splice(0).map((executor) => executor.close())); });
afterAll(() => { rmSync(scratch, { recursive: true, force: true }); });

function unit(id = 'wu-Q6-1-0'): WorkUnitV2 {
  return {
    $schema: WORK_UNIT_V2_SCHEMA, id, run_id: 'run', dataset_id: 'data', query: { kind: 'tpch', id: 'Q6' }, stage: { id: 1, kind: 'scan' },
    input: { kind: 'parquet_partition', uri_prefix: 'data', tables: ['lineitem'], row_groups: { lineitem: [0] }, side_inputs: [], partials: [] },
    output: { kind: 'parquet', uri: `out/${id}.parquet`, buckets: 1 },
    execution: { threads: 1, memory_limit_bytes: 1e9, spill_dir: 'spill' },
  };
}

const KINDS = {
  process: (program: WorkerProgram, workers: number) => new ProcessExecutor({ program, workers, retry: RETRY }),
  warm: (program: WorkerProgram, workers: number) => new WarmExecutor({ program, workers, retry: RETRY }),
};

async function started(kind: keyof typeof KINDS, program: WorkerProgram, workers = 1): Promise<WorkUnitExecutor> {
  const executor = KINDS[kind](program, workers);
  open.push(executor);
  await executor.start();
  return executor;
}

let markers = 0;
/** Runs one unit on a worker with this fault; `tries` is how often a worker was given it. */
async function runOne(kind: keyof typeof KINDS, fault: string, timeoutMs = 5_000, signal = NEVER): Promise<{ outcome: UnitOutcome; tries: number }> {
  const marker = join(scratch, `tries-${markers++}`);
  const executor = await started(kind, faultyWorker(fault, marker));
  const [outcome] = await executor.execute([unit()], { name: 'test', timeoutMs, signal });
  if (outcome === undefined) throw new Error('no outcome');
  return { outcome, tries: existsSync(marker) ? readFileSync(marker, 'utf8').length : 0 };
}

function kindOf({ result }: UnitOutcome): string {
  return result.ok ? 'ok' : result.failure.kind;
}

describe.each(['process', 'warm'] as const)('%s executor', (kind) => {
  it('takes the report of a sound worker', async () => {
    const { outcome, tries } = await runOne(kind, 'sound');
    expect(outcome).toMatchObject({ unitId: 'wu-Q6-1-0', attempts: 1, result: { ok: true, metrics: { work_unit_id: 'wu-Q6-1-0' } } });
    expect(tries).toBe(1);
  });

  it.each(['garbage', 'two-lines', 'unknown-key', 'other-unit', 'other-stage', 'other-file', 'rows-apart'])('refuses the report of a worker with the fault "%s", without another try', async (fault) => {
    const { outcome, tries } = await runOne(kind, fault);
    expect([kindOf(outcome), tries]).toEqual(['bad_report', 1]);
  });

  it.each([
    ['dataset_changed', 'bad_input', 1], ['query_failed', 'query_failed', 1], ['out_of_memory', 'out_of_memory', 1], ['out_of_disk', 'out_of_disk', 1],
    ['storage_read', 'storage', 1], ['storage_read!', 'storage', 3], ['query_failed!', 'query_failed', 1], ['out_of_memory!', 'out_of_memory', 1],
    ['killed', 'worker_lost', 2],
  ])('gives a unit that ends in %s up as %s after %d tries', async (fault, expected, expectedTries) => {
    const { outcome, tries } = await runOne(kind, fault);
    expect([kindOf(outcome), tries, outcome.attempts]).toEqual([expected, expectedTries, expectedTries]);
  });

  it.each([['killed-once', 2], ['storage-twice', 3]])('gets a unit through a fault that passes: %s', async (fault, expectedTries) => {
    const { outcome, tries } = await runOne(kind, fault);
    expect([kindOf(outcome), tries]).toEqual(['ok', expectedTries]);
  });

  it('stops a unit that hangs, at its time limit', async () => {
    const startedAt = performance.now();
    const { outcome } = await runOne(kind, 'hang', 300);
    expect(kindOf(outcome)).toBe('timeout');
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('lets a unit run under a limit that no timer can hold', async () => {
    expect(kindOf((await runOne(kind, 'sound', 1e12)).outcome)).toBe('ok');
  });

  it('kills a worker that does not hear SIGTERM', async () => {
    const startedAt = performance.now();
    const { outcome } = await runOne(kind, 'deaf', 300);
    expect(kindOf(outcome)).toBe('timeout');
    expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  });

  it('stops all units when the signal is raised', async () => {
    const stop = new AbortController();
    const executor = await started(kind, faultyWorker('hang'), 2);
    const running = executor.execute([unit('wu-Q6-1-0'), unit('wu-Q6-1-1')], { name: 'test', timeoutMs: 60_000, signal: stop.signal });
    setTimeout(() => { stop.abort(); }, 50);
    expect((await running).map(kindOf)).toEqual(['cancelled', 'cancelled']);
  });

  it('answers in the order of the units, whatever their number', async () => {
    const executor = await started(kind, faultyWorker('sound'), 2);
    const ids = ['wu-Q6-1-0', 'wu-Q6-1-1', 'wu-Q6-1-2'];
    const outcomes = await executor.execute(ids.map(unit), { name: 'test', timeoutMs: 5_000, signal: NEVER });
    expect(outcomes.map(({ unitId, result }) => [unitId, result.ok])).toEqual(ids.map((id) => [id, true]));
  });

  it('says so when the program cannot be started', async () => {
    const executor = await started(kind, { command: join(scratch, 'no-such-program'), args: [] });
    const [outcome] = await executor.execute([unit()], { name: 'test', timeoutMs: 5_000, signal: NEVER });
    expect(outcome?.result).toMatchObject({ ok: false, failure: { kind: 'worker_lost', message: expect.stringContaining('ENOENT') as string } });
  });
});

describe('process executor', () => {
  it.each(['silent', 'ok-but-exit-3'])('refuses a worker whose exit code and report do not agree: %s', async (fault) => {
    expect(kindOf((await runOne('process', fault)).outcome)).toBe('bad_report');
  });
});

describe('warm executor', () => {
  it('serves on after a worker was stopped or lost its step', async () => {
    const marker = join(scratch, 'replaced');
    const executor = await started('warm', faultyWorker('killed-once', marker));
    for (let repetition = 0; repetition < 3; repetition += 1) {
      const [outcome] = await executor.execute([unit()], { name: 'test', timeoutMs: 5_000, signal: NEVER });
      expect(outcome?.result.ok).toBe(true);
    }
    const other = await started('warm', faultyWorker('two-lines'));
    for (let repetition = 0; repetition < 2; repetition += 1) {
      const [outcome] = await other.execute([unit()], { name: 'test', timeoutMs: 5_000, signal: NEVER });
      expect(outcome?.result).toMatchObject({ ok: false, failure: { kind: 'bad_report' } });
    }
  });
});

describe('inline executor', () => {
  it('maps what the function throws, retries what may be retried, and stops waiting at the limit', async () => {
    let tries = 0;
    const failing = new InlineExecutor(() => { tries += 1; throw new FlowbenchError('storage_read', 'gone', { retryable: true }); });
    expect((await failing.execute([unit()], { name: 'test', timeoutMs: 5_000, signal: NEVER })).map(kindOf)).toEqual(['storage']);
    expect(tries).toBe(3);
    const hanging = new InlineExecutor(() => new Promise(() => undefined));
    expect((await hanging.execute([unit()], { name: 'test', timeoutMs: 20, signal: NEVER })).map(kindOf)).toEqual(['timeout']);
  });
});
