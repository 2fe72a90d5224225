import { buildReport } from '../../workloads/report/model/build-report.js';
import { type ReportModel, type Section } from '../../workloads/report/model/types.js';
import { noBound, storedRun } from '../fixtures/report-runs.js';
import { campaignRows, failedRow, OTHER_DATASET_ID, resultRow } from '../fixtures/result-rows.js';

function onlySection(model: ReportModel): Section {
  expect(model.sections).toHaveLength(1);
  return model.sections[0] as Section;
}

describe('rows that may share a table', () => {
  const rows = campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 2] });

  it('make one section without a banner', () => {
    const model = buildReport([storedRun(rows)], noBound);
    expect(onlySection(model).banners).toEqual([]);
    expect(model.banners).toEqual([]);
  });

  it.each([
    ['dataset', { dataset_id: OTHER_DATASET_ID }, 'dataset'],
    ['protocol', { protocol_id: 'p2' }, 'protocol'],
    ['node shape', { node_shape: 'm5.xlarge' }, 'node shape'],
    ['cluster', { cluster_id: 'eks-1' }, 'machine or cluster'],
    ['scale factor', { scale_factor: 10, dataset_id: OTHER_DATASET_ID }, 'dataset and scale factor'],
  ] as const)('do not include rows of another %s', (_what, changes, told) => {
    const others = rows.map((row) => resultRow({ ...row, ...changes }));
    const model = buildReport([storedRun([...rows, ...others])], noBound);
    expect(model.sections).toHaveLength(2);
    expect(model.sections.map(({ verdicts }) => verdicts.rows)).toEqual([rows.length, others.length]);
    expect(model.banners).toEqual([`These rows differ in ${told}. Each kind has its own section; do not compare numbers across sections.`]);
    expect(new Set(model.sections.map(({ title }) => title)).size).toBe(2);
  });

  it('do not include rows of another machine', () => {
    const host = { hostname: 'other', platform: 'linux x64', cpus: 64, cpu_model: 'Big CPU', memory_bytes: 1e12, node_version: 'v20.20.0' };
    const others = rows.map((row) => resultRow({ ...row, run_id: 'run-2' }));
    const model = buildReport([storedRun(rows), storedRun(others, { run_id: 'run-2', host })], noBound);
    expect(model.sections).toHaveLength(2);
    expect(model.banners[0]).toContain('machine or cluster');
  });
});

describe('rows in one section', () => {
  const rows = campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 2] });

  it('are taken from the newest run that measured their cell, never pooled', () => {
    const newer = rows.map((row) => resultRow({ ...row, run_id: 'run-2', duration_ms: 5 }));
    const model = buildReport([storedRun(newer, { run_id: 'run-2', created_at: '2026-05-05T10:00:00.000Z' }), storedRun(rows)], noBound);
    const section = onlySection(model);
    expect(section.runIds).toEqual(['run-2']);
    expect(section.series[0]?.configurations[0]?.totals?.medianMs).toBe(10);
    expect(section.banners).toEqual([`${rows.length} rows are left out because a newer run measured the same cells again.`]);
  });

  it('from different storage carry a banner', () => {
    const mixed = rows.map((row) => (row.engine === 'flow' ? resultRow({ ...row, storage_medium: 's3' }) : row));
    expect(onlySection(buildReport([storedRun(mixed)], noBound)).banners).toEqual([
      'Not the same storage: duckdb read from local-disk, flow read from s3. Their times are not comparable.',
    ]);
  });

  it('of an unfinished run carry a banner', () => {
    const torn = rows.filter((row) => !(row.query === 'Q6' && row.engine === 'duckdb' && row.repetition > 3));
    expect(onlySection(buildReport([storedRun(torn)], noBound)).banners).toEqual(['1 cell has fewer repetitions than the 5 of the others: the run was not finished.']);
  });
});

describe('totals', () => {
  const rows = campaignRows({ queries: ['Q1', 'Q6', 'Q21'], workers: [1, 2] });
  const broken = (status: 'timeout' | 'wrong_answer') =>
    rows.map((row) => (row.query === 'Q21' && row.workers === 2 && row.repetition === 3 ? failedRow({ ...row, status, error: 'It broke.' }) : row));

  it('are over all queries when all were completed', () => {
    const section = onlySection(buildReport([storedRun(rows)], noBound));
    expect(section.commonQueries).toEqual(['Q1', 'Q6', 'Q21']);
    expect(section.exceptions).toEqual([]);
  });

  it.each(['timeout', 'wrong_answer'] as const)('leave a query with one %s out for everybody, and give it no number', (status) => {
    const section = onlySection(buildReport([storedRun(broken(status))], noBound));
    expect(section.commonQueries).toEqual(['Q1', 'Q6']);
    const atTwo = section.series[0]?.configurations.find(({ workers }) => workers === 2);
    const cell = atTwo?.cells.find(({ query }) => query === 'Q21');
    expect(cell?.outcome).toEqual({ kind: 'dnf', status, cause: 'It broke.' });
    expect(cell?.coldMs).toBeNull();
    const sumOfTwo = atTwo?.cells.map(({ outcome }) => (outcome.kind === 'ok' ? outcome.timing.median : 0)).reduce((a, b) => a + b);
    expect(atTwo?.totals?.medianMs).toBeCloseTo(sumOfTwo ?? 0, 9);
    expect(section.exceptions.map(({ query, workers, repetitions, sentence }) => ({ query, workers, repetitions, sentence }))).toEqual([
      { query: 'Q21', workers: 2, repetitions: [3], sentence: 'It broke.' },
    ]);
  });

  it('do not exist where nothing was completed, and leave the others theirs', () => {
    const dead = rows.map((row) => (row.workers === 2 ? failedRow({ ...row, status: 'unavailable', error: 'No workers.' }) : row));
    const section = onlySection(buildReport([storedRun(dead)], noBound));
    expect(section.commonQueries).toHaveLength(3);
    expect(section.series[0]?.configurations.map(({ totals }) => totals === null)).toEqual([false, true]);
    expect(section.series[0]?.configurations[1]?.speedup).toBeNull();
  });

  it('do not take a row at its word that says ok and failed a proof', () => {
    const forged = rows.map((row) => (row.query === 'Q1' && row.workers === 2 && row.repetition === 2 ? resultRow({ ...row, coverage_ok: false }) : row));
    const section = onlySection(buildReport([storedRun(forged)], noBound));
    expect(section.commonQueries).toEqual(['Q6', 'Q21']);
    expect(section.verdicts).toMatchObject({ wrong: 1, coverageFailed: 1 });
  });

  it('leave the cold run out', () => {
    const slowCold = rows.map((row) => (row.cold ? resultRow({ ...row, duration_ms: 1e6 }) : row));
    const [plain, changed] = [rows, slowCold].map((list) => onlySection(buildReport([storedRun(list)], noBound)).series[0]?.configurations[0]?.totals);
    expect(changed?.medianMs).toBe(plain?.medianMs);
    expect(changed?.p95Ms).toBe(plain?.p95Ms);
    expect(changed?.coldMs).toBe(3e6);
  });

  it('have no cost without a price', () => {
    const [free, priced] = [null, 0.192].map((usdPerHour) => onlySection(buildReport([storedRun(campaignRows({ queries: ['Q1'], usdPerHour }))], noBound)).series[0]?.configurations[0]?.totals);
    expect(free).toMatchObject({ costUsd: null, usdPerTbScanned: null });
    expect(priced?.costUsd).toBeGreaterThan(0);
    expect(priced?.usdPerTbScanned).toBeGreaterThan(0);
  });
});
