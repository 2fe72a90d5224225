import { FlowbenchError } from '../../workloads/model/errors.js';
import { DEFAULT_RETRY, retrying, type RetryClock } from '../../workloads/storage/retry.js';

/** A clock that jumps where it is told to wait. */
class TestClock implements RetryClock {
  readonly waits: number[] = [];
  private ms = 0;
  constructor(private readonly draw: () => number = () => 1) {}
  nowMs(): number {
    return this.ms;
  }
  sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.ms += ms;
    return Promise.resolve();
  }
  random(): number {
    return this.draw();
  }
}

const lost = (): FlowbenchError => new FlowbenchError('storage_read', 'S3 cannot be reached.', { retryable: true });

describe('a call that is repeated', () => {
  it('is not repeated when it succeeds, or fails for good', async () => {
    const clock = new TestClock();
    const refused = new FlowbenchError('configuration', 'no');
    await expect(retrying(() => Promise.resolve(1), DEFAULT_RETRY, clock)).resolves.toBe(1);
    await expect(retrying(() => Promise.reject(refused), DEFAULT_RETRY, clock)).rejects.toBe(refused);
    expect(clock.waits).toEqual([]);
  });

  it('carries a store that is gone for 20 seconds, however the waits are drawn', async () => {
    for (const draw of [() => 1, () => 0.5, () => 0.05, Math.random]) {
      const clock = new TestClock(draw);
      const answer = await retrying((earlier) => (clock.nowMs() < 20_000 ? Promise.reject(lost()) : Promise.resolve(earlier)), DEFAULT_RETRY, clock);
      expect(answer).toBeGreaterThan(0);
    }
  });

  it('doubles its waits up to the longest', async () => {
    const clock = new TestClock();
    await expect(retrying(() => Promise.reject(lost()), { budgetMs: 5_000, firstDelayMs: 100, maxDelayMs: 1_000 }, clock)).rejects.toMatchObject({ code: 'storage_read' });
    expect(clock.waits).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  });

  it('draws each wait from nothing to that', async () => {
    const clock = new TestClock(() => 0.25);
    await retrying((earlier) => (earlier < 3 ? Promise.reject(lost()) : Promise.resolve()), DEFAULT_RETRY, clock);
    expect(clock.waits).toEqual([25, 50, 100]);
  });

  it('gives up when its budget is used, says so, and may be repeated by who calls', async () => {
    const clock = new TestClock();
    const failure = await retrying(() => Promise.reject(lost()), DEFAULT_RETRY, clock).catch((error: unknown) => error);
    expect(clock.nowMs()).toBeLessThanOrEqual(DEFAULT_RETRY.budgetMs);
    expect(failure).toMatchObject({ code: 'storage_read', retryable: true, message: expect.stringMatching(/^S3 cannot be reached\. It was tried \d+ times in \d+ s\.$/) as string });
  });

  it('is not begun again by a call around it', async () => {
    const clock = new TestClock();
    let outer = 0;
    await expect(retrying(() => {
      outer += 1;
      return retrying(() => Promise.reject(lost()), DEFAULT_RETRY, clock);
    }, DEFAULT_RETRY, clock)).rejects.toMatchObject({ code: 'storage_read' });
    expect(outer).toBe(1);
  });
});
