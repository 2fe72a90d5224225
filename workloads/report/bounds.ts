import { balanceReport, type QueryBalance } from '../coordinator/balance.js';
import { loadDataset } from '../dataset/load.js';
import type { Manifest } from '../model/manifest.js';
import type { RunRecord } from '../model/run-record.js';
import type { BoundOf } from './model/sections.js';
import type { ByteBoundPoint } from './model/types.js';

/**
 * Opens the datasets of the runs where they can still be reached, for the byte bounds. A dataset that
 * cannot be opened, or is another one by now, costs its section the bound and nothing else.
 */
export async function loadBounds(runs: readonly RunRecord[]): Promise<BoundOf> {
  const manifests = new Map<string, Manifest>();
  for (const run of runs) {
    const manifest = await loadDataset(run.dataset_uri).then((handle) => handle.manifest, () => null);
    if (manifest?.dataset_id === run.dataset_id) manifests.set(run.dataset_id, manifest);
  }
  return (key, queries, workers) => {
    const manifest = manifests.get(key.dataset_id);
    if (manifest === undefined) return { kind: 'unknown', why: 'The dataset is not where the run found it, and the bound comes from its manifest.' };
    if (queries.length === 0) return { kind: 'unknown', why: 'There is no query that every configuration completed.' };
    return { kind: 'known', points: workers.map((count) => boundPoint(manifest, queries, count)) };
  };
}

/**
 * With D the driver's bytes of a query and B those of the other tables, which more workers do not divide:
 * Σ(D + B) / Σ(D/N + B) for a perfect split, Σ(D + B) / Σ(max D_i + B) for an assignment.
 */
function boundPoint(manifest: Manifest, queries: readonly string[], workers: number): ByteBoundPoint {
  const chosen = (assignment: 'balanced' | 'contiguous'): QueryBalance[] => balanceReport(manifest, workers, assignment).queries.filter(({ query }) => queries.includes(query));
  const [balanced, contiguous] = [chosen('balanced'), chosen('contiguous')];
  return {
    workers,
    perfect: speedUp(balanced, ({ driverBytes }) => driverBytes / workers),
    balanced: speedUp(balanced, ({ heaviestDriverBytes }) => heaviestDriverBytes),
    contiguous: speedUp(contiguous, ({ heaviestDriverBytes }) => heaviestDriverBytes),
  };
}

function speedUp(lines: readonly QueryBalance[], share: (line: QueryBalance) => number): number {
  const sum = (value: (line: QueryBalance) => number): number => lines.reduce((total, line) => total + value(line), 0);
  const slowest = sum((line) => share(line) + line.otherTablesBytes);
  return slowest === 0 ? 1 : sum((line) => line.driverBytes + line.otherTablesBytes) / slowest;
}
