import { exitCodeOfCoordinator } from '../../workloads/cli/kubernetes/coordinator-exit.js';
import { GuardedExecutor } from '../../workloads/cli/kubernetes/guarded-executor.js';
import type { UnitFailure, UnitOutcome, WorkUnitExecutor } from '../../workloads/coordinator/executor.js';
import { FlowbenchError, type ErrorCode } from '../../workloads/model/errors.js';
import { FINAL_RUN_EXIT_CODES } from '../../workloads/model/job-manifest-coordinator.js';

const RUNNING = new AbortController().signal;
const failure = (code: ErrorCode, retryable = false): FlowbenchError => new FlowbenchError(code, 'why', { retryable });

function stoppedBy(reason?: unknown): AbortSignal {
  const stop = new AbortController();
  stop.abort(reason);
  return stop.signal;
}

describe('how a coordinator ends', () => {
  test.each([
    ['an API that does not answer', failure('infrastructure', true)],
    ['a store that does not answer', failure('storage_write', true)],
    ['a store that cannot be read for now', failure('storage_read', true)],
  ])('after %s another pod goes on', (_name, error) => {
    const code = exitCodeOfCoordinator(error, RUNNING);
    expect(FINAL_RUN_EXIT_CODES).not.toContain(code);
    expect(code).toBe(75);
  });

  test.each([
    ['a wrong configuration', failure('configuration'), 2],
    ['no dataset', failure('dataset_missing'), 2],
    ['no right to write', failure('storage_write'), 2],
    ['a defect', new TypeError('x is undefined'), 70],
  ])('after %s no other pod is started', (_name, error, expected) => {
    const code = exitCodeOfCoordinator(error, RUNNING);
    expect(code).toBe(expected);
    expect(FINAL_RUN_EXIT_CODES).toContain(code);
  });

  test('told to stop, it has ended as told, whatever broke on the way', () => {
    expect(exitCodeOfCoordinator(failure('infrastructure', true), stoppedBy())).toBe(130);
  });

  test('stopped because another has the run, or because the API is gone, it is no final end', () => {
    expect(exitCodeOfCoordinator(undefined, stoppedBy(failure('infrastructure', true)))).toBe(75);
  });
});

describe('an executor whose cluster may go away', () => {
  const unit = (kind: UnitFailure['kind']): UnitOutcome => ({ unitId: 'u', attempts: 1, spawnMs: 0, elapsedMs: 1, result: { ok: false, failure: { kind, message: kind, exitCode: null, signal: null } } });

  function guarded(inner: Partial<WorkUnitExecutor>, isGone: boolean, signal: AbortSignal = RUNNING) {
    let asked = 0;
    const whole: WorkUnitExecutor = { kind: 'job', start: () => Promise.resolve(), execute: () => Promise.resolve([]), close: () => Promise.resolve(), ...inner };
    const executor = new GuardedExecutor(whole, {
      signal,
      isClusterGone: () => {
        asked += 1;
        return Promise.resolve(isGone);
      },
    });
    return { run: () => executor.execute([], { name: 'Q1-1-1', timeoutMs: 1_000, signal }), start: () => executor.start(), asked: () => asked };
  }

  test('keeps a failure of a worker that found no node: it is a result', async () => {
    const { run } = guarded({ execute: () => Promise.resolve([unit('infrastructure')]) }, false);
    await expect(run()).resolves.toHaveLength(1);
  });

  test.each(['infrastructure', 'timeout', 'worker_lost'] as const)('gives no result for "%s" when the API is gone', async (kind) => {
    const { run } = guarded({ execute: () => Promise.resolve([unit(kind)]) }, true);
    await expect(run()).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('does not ask the cluster about what a worker did', async () => {
    const { run, asked } = guarded({ execute: () => Promise.resolve([unit('query_failed')]) }, true);
    await run();
    expect(asked()).toBe(0);
  });

  test('does not wait for pods to come when the run is cancelled', async () => {
    const stop = new AbortController();
    const { start } = guarded({ start: () => new Promise(() => undefined) }, false, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 20);
    await expect(start()).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('asks the cluster when the pods could not be started', async () => {
    const { start, asked } = guarded({ start: () => Promise.reject(failure('infrastructure', true)) }, true);
    await expect(start()).rejects.toMatchObject({ code: 'infrastructure' });
    expect(asked()).toBe(1);
  });
});
