import { parityBanners } from '../../workloads/report/model/sessions.js';
import { type OpenedLine } from '../../workloads/report/model/engine-types.js';
import { type SessionRecord } from '../../workloads/model/session-record.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { linkTable, openingTable, parityTable, resultCacheTable, settingsTable } from '../../workloads/report/session-tables.js';
import { textOf, type Table } from '../../workloads/report/table.js';
import { hrefFrom } from '../../workloads/report/write-report.js';
import { fiveEngineRun, sessionRecord } from '../fixtures/five-engines.js';
import { noBound } from '../fixtures/report-runs.js';
import { resultRow } from '../fixtures/result-rows.js';

type Parity = SessionRecord['parity'];

function line(engine: string, parity: Partial<Parity> = {}): OpenedLine {
  const record = sessionRecord(resultRow({ engine, workers: 2, threads_per_worker: 1 }));
  return { seriesLabel: engine, at: 'N = 2', workers: 2, replica: 1, openings: [{ ...record, asked: { threads_total: 2, memory_bytes_total: 2e9 }, parity: { ...record.parity, threads_total: 2, memory_limit_bytes_total: 2e9, storage_medium: 'local_disk', ...parity } }] };
}

describe('what engines were given', () => {
  it('is not remarked on while it is the same within a tenth', () => {
    expect(parityBanners([line('spark'), line('trino', { memory_limit_bytes_total: 1.9e9 }), line('flow', { memory_limit_bytes_total: 2.05e9 })])).toEqual([]);
  });

  it.each([
    ['cores', { threads_total: 4 }, 'NOT THE CORES ASKED FOR: spark 4 instead of 2 (N = 2).'],
    ['memory', { memory_limit_bytes_total: 1.7e9 }, 'NOT THE MEMORY ASKED FOR: spark 1.7 GB instead of 2.0 GB (N = 2).'],
  ] as const)('is told loudly when its %s is other than asked', (_what, parity, told) => {
    expect(parityBanners([line('spark', parity), line('trino')])[0]).toContain(told);
  });

  it('is told loudly when two are within a tenth of what was asked and further from each other', () => {
    const [told] = parityBanners([line('spark', { memory_limit_bytes_total: 1.85e9 }), line('trino', { memory_limit_bytes_total: 2.15e9 })]);
    expect(told).toContain('NOT THE SAME MEMORY');
  });

  it('is told loudly when the storage differs', () => {
    expect(parityBanners([line('daft', { storage_medium: 'local_copy' }), line('trino'), line('spark'), line('flow')])).toEqual(['NOT THE SAME STORAGE: daft: local_copy; the others: local_disk, by their own account.']);
  });
});

describe('the tables of sessions', () => {
  const [section] = buildReport([fiveEngineRun({ queries: ['Q1'], workers: [1, 2] })], noBound).sections;
  if (section === undefined) throw new Error('There is no section.');
  const cells = (table: Table | null, group: string | undefined, name: string): string[] => (table?.rows.find((row) => row.group === group && textOf(row.cells[0] ?? '') === name)?.cells ?? []).map(textOf);

  it('show what the live engine had, and mark what is other than asked', () => {
    expect(cells(parityTable(section), 'Spark 3.5.8, plan settings', 'N = 2').slice(1, 3)).toEqual(['2', '1.5 GB, asked 2.1 GB']);
    expect(cells(parityTable(section), 'flow (DuckDB 1.5.5), metadata cache off', 'N = 2, null run').slice(1, 3)).toEqual(['2', '2.1 GB']);
  });

  it('show opening in columns of its own', () => {
    expect(cells(openingTable(section), 'Trino 476, metadata cache off', 'N = 1')).toEqual(['N = 1', '5.10 s', '30 ms', '1.90 s', '1.17 s', '8.20 s', 'once', '8.20 s']);
  });

  it('show settings that are not default, by N only where they differ, and what is said of result caches', () => {
    expect(cells(settingsTable(section), 'Spark 3.5.8, default', 'spark.sql.adaptive.enabled')[1]).toBe('true');
    expect(cells(settingsTable(section), 'Spark 3.5.8, default', 'spark.sql.shuffle.partitions')[1]).toBe('N = 1: 2; N = 2: 4');
    expect(cells(resultCacheTable(section), undefined, 'Trino 476, metadata cache off')[1]).toContain('keeps no results');
  });

  it('link to plans below the run and to pages of engines', () => {
    const targets = linkTable(section)?.rows[0]?.cells.flatMap((cell) => (typeof cell === 'string' ? [] : [cell.target]));
    expect(targets).toContain('runs/run-1/engines/spark-default-default-2-1/Q01-4.plan.txt');
    expect(targets).toContain('http://127.0.0.1:8080/ui/query.html?q1');
  });
});

describe('a link', () => {
  it.each([
    ['runs/a/engines/s/Q01.plan.txt', 'docs/b.html', '../runs/a/engines/s/Q01.plan.txt'],
    ['runs/a/engines/s x/Q01.plan.txt', 'runs/a/b.html', 'engines/s%20x/Q01.plan.txt'],
    ['http://127.0.0.1:8080/ui/', 'docs/b.html', 'http://127.0.0.1:8080/ui/'],
    ['s3://bucket/runs/a/Q01.txt', 's3://bucket/report/b.html', '../runs/a/Q01.txt'],
    ['s3://bucket/runs/a/Q01.txt', 'docs/b.html', null],
    ['javascript:alert(1)', 'docs/b.html', '../javascript%3Aalert(1)'],
  ])('to %s from %s is %s', (target, from, href) => {
    expect(hrefFrom(from)(target)).toBe(href);
  });
});
