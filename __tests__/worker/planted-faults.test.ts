import { scanOf, type TableScan } from '../../workloads/dataset/source.js';
import type { WorkerEnvironment } from '../../workloads/worker/environment.js';
import { runUnit } from '../../workloads/worker/run-unit.js';
import { environmentOf, sampleManifest, temporaryFolder, unitV2 } from './support.js';

/**
 * Faults in what is read are planted where the scan is made, below the work unit and above the engine:
 * the report must tell what was read, not what was ordered.
 */
const folder = temporaryFolder();
afterAll(() => { folder.remove(); });

const CHOSEN = [2, 5, 7];
const rows = sampleManifest().tables['lineitem']?.files.map((file) => file.rows) ?? [];
const measured = (numbers: readonly number[]) => numbers.map((number) => ({ number, rows: rows[number] ?? 0 }));

async function reportWith(fault: (sound: TableScan) => TableScan) {
  const planted: WorkerEnvironment['scanOf'] = (...args) => fault(scanOf(...args));
  const env = environmentOf(folder.dir, { scanOf: planted });
  const query = { kind: 'sql', sql: 'select count(*) as lines from lineitem' } as const;
  const metrics = await runUnit(unitV2(folder.dir, { query, input: { row_groups: { lineitem: CHOSEN } } }), env);
  env.resources.close();
  expect(metrics.error).toBeNull();
  return metrics;
}

it('reports the chosen row groups of a sound scan', async () => {
  const metrics = await reportWith((sound) => sound);
  expect(metrics.row_groups).toEqual({ lineitem: measured(CHOSEN) });
});

const sumOf = (numbers: readonly number[]): number => measured(numbers).reduce((sum, group) => sum + group.rows, 0);
const withFiles = (sound: TableScan, numbers: readonly number[]): TableScan => scanOf(sound.tableUri, 'lineitem', sound.table, numbers);

it.each([
  ['a row group that was lost', (sound: TableScan) => withFiles(sound, [2, 7]), measured([2, 7]), sumOf([2, 7])],
  ['a row group that was read twice', (sound: TableScan) => ({ ...sound, reads: [...sound.reads, ...withFiles(sound, [5]).reads] }),
    measured(CHOSEN).map((group) => (group.number === 5 ? { number: 5, rows: group.rows * 2 } : group)), sumOf([2, 5, 5, 7])],
  ['everything, where a range was ordered', (sound: TableScan) => scanOf(sound.tableUri, 'lineitem', sound.table, 'all'), measured([...rows.keys()]), sumOf([...rows.keys()])],
  ['half of what was ordered', (sound: TableScan) => ({ ...sound, reads: sound.reads.map((read) => `${read} WHERE file_row_number % 2 = 0`) }),
    CHOSEN.map((number) => ({ number, rows: Math.ceil((rows[number] ?? 0) / 2) })), CHOSEN.reduce((sum, number) => sum + Math.ceil((rows[number] ?? 0) / 2), 0)],
])('shows %s', async (_, fault, expectedGroups, expectedRows) => {
  const metrics = await reportWith(fault);
  expect(metrics.row_groups).toEqual({ lineitem: expectedGroups });
  expect(metrics.rows_in).toBe(expectedRows);
  expect(metrics.row_groups).not.toEqual({ lineitem: measured(CHOSEN) });
});
