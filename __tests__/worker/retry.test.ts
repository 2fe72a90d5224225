import { FlowbenchError } from '../../workloads/model/errors.js';
import { RetryBudget, type RetryHooks, type RetryPolicy } from '../../workloads/worker/retry.js';

function policyOf(changes: Partial<RetryPolicy> = {}): RetryPolicy & { waitsMs: number[] } {
  const waitsMs: number[] = [];
  return {
    budgetMs: 60_000, firstDelayMs: 200, maxDelayMs: 10_000, random: () => 1,
    sleep: (durationMs) => { waitsMs.push(durationMs); return Promise.resolve(); },
    waitsMs,
    ...changes,
  };
}

const withRetries = <T>(work: () => Promise<T>, policy: RetryPolicy, given: RetryHooks): Promise<T> => new RetryBudget(policy, given).run(work);
const hooks: RetryHooks = { signal: new AbortController().signal, onRetry: () => undefined };
const failing = (retryable: boolean) => () => Promise.reject(new FlowbenchError('storage_read', 'The service answered 503.', { retryable }));

it('waits twice as long each time, up to a limit, and gives up when 60 s are spent', async () => {
  const policy = policyOf();
  await expect(withRetries(failing(true), policy, hooks)).rejects.toThrow('503');
  expect(policy.waitsMs.slice(0, 7)).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000]);
  expect(policy.waitsMs.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(60_000);
  expect(policy.waitsMs.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(50_000);
});

it('draws the wait from zero to that, so that workers do not come back together', async () => {
  const policy = policyOf({ random: () => 0.25, budgetMs: 1000 });
  await expect(withRetries(failing(true), policy, hooks)).rejects.toThrow('503');
  expect(policy.waitsMs.slice(0, 3)).toEqual([50, 100, 200]);
});

it('does not repeat what no repetition mends', async () => {
  const policy = policyOf();
  await expect(withRetries(failing(false), policy, hooks)).rejects.toThrow('503');
  expect(policy.waitsMs).toEqual([]);
});

it('answers once the work succeeds, and tells of each failure before', async () => {
  const policy = policyOf();
  const told: string[] = [];
  let tries = 0;
  const work = () => ((tries += 1) < 3 ? failing(true)() : Promise.resolve('done'));
  await expect(withRetries(work, policy, { ...hooks, onRetry: (error) => told.push(error.message) })).resolves.toBe('done');
  expect(told).toHaveLength(2);
});
