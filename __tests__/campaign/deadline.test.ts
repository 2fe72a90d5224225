import { runGuarded } from '../../workloads/campaign/deadline.js';
import type { EngineSession, QueryOutcome } from '../../workloads/engines/contract.js';

const query = { id: 'Q1', text: 'select 1' } as const;
const options = { timeoutMs: 5, signal: new AbortController().signal, repetition: 1 };

function session(run: () => Promise<QueryOutcome>): EngineSession {
  const parity = { nodes: 1, threadsTotal: 1, memoryLimitBytesTotal: 1, storageMedium: 'local_disk', datasetId: 'd', parallelism: null, scratchFreeBytes: null };
  const openStages = { startMs: null, sessionMs: null, registerMs: null, analyzeMs: null };
  return { version: '1', label: 'hanging', openMs: 0, parity, openStages, settings: {}, resultCache: 'none', precision: () => ({ kind: 'exact' }), run, close: () => Promise.resolve() };
}

describe('a guarded query', () => {
  it('ends as a timeout when the engine does not come back', async () => {
    const outcome = await runGuarded(session(() => new Promise(() => undefined)), query, options, 20);
    expect(outcome).toMatchObject({ status: 'timeout', error: 'The engine did not stop at its time limit of 5 ms and was given up 20 ms later.' });
  });

  it('is what the engine says when it comes back within its grace', async () => {
    const late: QueryOutcome = { status: 'timeout', error: 'I stopped it.', stages: {} };
    expect(await runGuarded(session(() => new Promise((resolve) => setTimeout(resolve, 10, late))), query, options, 200)).toBe(late);
  });

  it('is an engine error when the engine throws', async () => {
    expect(await runGuarded(session(() => Promise.reject(new Error('boom'))), query, options)).toMatchObject({ status: 'engine_error', error: 'The engine failed outside its contract: boom' });
  });
});
