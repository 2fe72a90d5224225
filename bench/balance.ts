import { balanceReport, type BalanceReport } from '../workloads/coordinator/balance.js';
import { FlowbenchError } from '../workloads/model/errors.js';
import { type Manifest } from '../workloads/model/manifest.js';
import { QUERY_IDS } from '../workloads/model/queries.js';
import { renderTable, type Measurement } from './measurement.js';

const WORKER_COUNTS = [4, 8, 16] as const;

/** How close the assignment comes to a perfect cut by bytes, over all 22 queries; the contiguous one is shown beside it. */
export function measureBalance(manifest: Manifest, log: (line: string) => void): Measurement {
  const rows = WORKER_COUNTS.map((workers) => ({
    workers,
    balanced: ofAllQueries(balanceReport(manifest, workers)),
    contiguous: ofAllQueries(balanceReport(manifest, workers, 'contiguous')),
  }));
  const cells = (report: BalanceReport): string[] => [report.shareOfBound.toFixed(3), report.driverOnlyShare.toFixed(3)];
  const head = ['', 'balanced', 'driver only', 'contiguous', 'driver only', 'byte bound', 'planned'];
  const lines = rows.map(({ workers, balanced, contiguous }) => [
    `N = ${workers}`, ...cells(balanced), ...cells(contiguous), `${balanced.byteBoundSpeedUp.toFixed(2)} ×`, `${balanced.plannedSpeedUp.toFixed(2)} ×`,
  ]);
  log(`Share of the byte bound, mean over the 22\n${renderTable(head, lines)}`);
  const least = Math.min(...rows.map(({ balanced }) => balanced.shareOfBound));
  return { key: 'balanced_share_of_bound', what: 'balanced share of the byte bound, least of N = 4, 8, 16', value: least, unit: 'share', limit: { kind: 'at_least', value: 0.85 } };
}

/** A mean over fewer queries would be another number under the same name. */
function ofAllQueries(report: BalanceReport): BalanceReport {
  if (report.queries.length === QUERY_IDS.length) return report;
  throw new FlowbenchError('dataset_invalid', `The dataset supports ${report.queries.length} of ${QUERY_IDS.length} queries.`, { remedy: 'Measure over a generated dataset.' });
}
