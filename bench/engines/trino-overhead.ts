import { mkdirSync } from 'node:fs';
import { enginesFolder } from '../../workloads/cli/cache-folder.js';
import { trinoHome } from '../../workloads/engines/install/installed.js';
import { localPlaces } from '../../workloads/engines/local-places.js';
import { TrinoRunner } from '../../workloads/engines/trino/runner.js';
import { TrinoSession } from '../../workloads/engines/trino/session.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import type { Measurement } from '../measurement.js';
import { measureClientOverhead } from './client-overhead.js';

const WORKERS = 2;
const MEMORY_PER_WORKER_BYTES = 1_000_000_000;
const PAIRS = 200;

/** What our client adds to a query of Trino, over a server of its own that is ended afterwards. */
export async function measureTrinoOverhead(dataset: DatasetHandle, scratchDir: string, log: (line: string) => void): Promise<Measurement[]> {
  mkdirSync(scratchDir, { recursive: true });
  const runner = new TrinoRunner({ home: () => trinoHome(enginesFolder()) });
  const session = await runner.open({
    dataset, ...localPlaces(scratchDir), runId: 'bench', sessionId: 'trino', workers: WORKERS, threadsPerWorker: 1, memoryLimitBytes: MEMORY_PER_WORKER_BYTES,
    variant: runner.variants[0], tier: 'default', executor: null, assignment: null, seed: 1, log,
  });
  try {
    if (!(session instanceof TrinoSession)) throw new FlowbenchError('internal', 'The session of the trino runner is of another kind.');
    return await measureClientOverhead({ session, pairs: PAIRS, log });
  } finally {
    await session.close();
  }
}
