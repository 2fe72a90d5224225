import { comparisonTable, coverageReasonTable, coverageTable, levelTable, matrixTable, noiseTable } from '../../workloads/report/engine-tables.js';
import { NO_COMPARISON_ACROSS, NO_NULL_RUN, NOT_RECORDED } from '../../workloads/report/engine-words.js';
import { renderMarkdown } from '../../workloads/report/markdown.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { mainLevel } from '../../workloads/report/model/levels.js';
import { type ReportModel, type Section } from '../../workloads/report/model/types.js';
import { heatMap } from '../../workloads/report/plots/heat.js';
import { speedupCurves } from '../../workloads/report/plots/scaling.js';
import { heldBackTable } from '../../workloads/report/tables.js';
import { textOf, type Table } from '../../workloads/report/table.js';
import { type ResultRow } from '../../workloads/model/result-row.js';
import { fiveEngineRun, type FiveEngines } from '../fixtures/five-engines.js';
import { noBound } from '../fixtures/report-runs.js';
import { failedRow, resultRow } from '../fixtures/result-rows.js';

const model = (options?: FiveEngines): ReportModel => buildReport([fiveEngineRun(options)], noBound);
/** Little of it, where a test needs no more. */
const FEW = { queries: ['Q1', 'Q5'], workers: [4] };
const only = (report: ReportModel): Section => {
  const [section] = report.sections;
  if (section === undefined) throw new Error('There is no section.');
  return section;
};
const plain = only(model());

function rowOf(table: Table | null, name: string): string[] {
  return (table?.rows.find(({ cells }) => textOf(cells[0] ?? '') === name)?.cells ?? []).map(textOf);
}

describe('series of several engines', () => {
  it('are told with variant and tier, and the null run is none of them', () => {
    expect(plain.series.map(({ label }) => label)).toEqual([
      'Daft 0.7.26, runner native', 'Daft 0.7.26, runner ray', 'flow (DuckDB 1.5.5), metadata cache off', 'Spark 3.5.8, default', 'Spark 3.5.8, plan settings',
      'Trino 476, metadata cache off', 'Trino 476, metadata cache on', 'DuckDB 1.5.5, metadata cache off',
    ]);
    expect(plain.nullPairs.map(({ label, at }) => [label, at])).toEqual([1, 2, 4].map((workers) => ['flow (DuckDB 1.5.5), metadata cache off', `N = ${workers}`]));
  });

  it('scale with N without having work units, save the one that is a single process', () => {
    expect(plain.series.filter(({ singleProcess }) => singleProcess).map(({ engine }) => engine)).toEqual(['duckdb']);
    expect(speedupCurves(plain)).toHaveLength(7);
    for (const { points } of speedupCurves(plain)) expect(points.map(({ workers }) => workers)).toEqual([1, 2, 4]);
  });

  it('of an engine that nobody knows are shown like any other', () => {
    const renamed = only(model({ ...FEW, changes: (row) => (row.engine === 'spark' ? resultRow({ ...row, engine: 'novel', engine_label: 'Novel 1' }) : row) }));
    expect(renamed.series.map(({ label }) => label)).toContain('Novel 1, plan settings');
    expect(heldBackTable(renamed)?.rows.some(({ group }) => group === 'Novel 1, default')).toBe(true);
  });
});

describe('the grid', () => {
  it('has a row a series, a column an N, spread and cost', () => {
    const table = matrixTable(plain);
    expect(table.columns.map(({ name }) => name)).toEqual(['Series', 'N = 1', 'N = 1, cost', 'N = 2', 'N = 2, cost', 'N = 4', 'N = 4, cost', 'one process', 'one process, cost', 'Completed']);
    expect(rowOf(table, 'Spark 3.5.8, plan settings')[1]).toMatch(/^[\d.]+ s ± [\d.]+ %$/);
    expect(rowOf(table, 'Spark 3.5.8, plan settings').at(-1)).toBe('20–21 of 22');
  });

  it('has no cost without a price', () => {
    const table = matrixTable(only(model({ ...FEW, usdPerHour: null })));
    expect(table.columns.map(({ name }) => name).join()).not.toContain('cost');
    expect(table.caption).toContain('no price was given');
  });

  it('is a table for each scale factor under a banner, and nothing is set against another scale factor', () => {
    const both = buildReport([fiveEngineRun(FEW), fiveEngineRun({ ...FEW, scaleFactor: 10 })], noBound);
    expect(both.sections).toHaveLength(2);
    for (const section of both.sections) for (const { contenders } of section.levels) expect(contenders.length).toBeLessThanOrEqual(8);
    expect(renderMarkdown(both)).toContain(NO_COMPARISON_ACROSS);
    expect(renderMarkdown(model(FEW))).not.toContain(NO_COMPARISON_ACROSS);
  });
});

describe('engines side by side', () => {
  const level = mainLevel(plain.levels);
  if (level === null) throw new Error('There is no level.');

  it('are compared at one N, a single process where the workers have as many cores', () => {
    expect(plain.levels.map(({ workers, contenders }) => [workers, contenders.length])).toEqual([[1, 7], [2, 7], [4, 8]]);
    expect(level.workers).toBe(4);
  });

  it('are set against the fastest that completed every query', () => {
    expect(level.comparison?.baseline.series.engine).toBe('duckdb');
    expect(level.comparison?.why).toBe('the fastest of the 4 that completed all 22 queries');
  });

  it('are set against DuckDB where nobody completed all, not against who completed little in little time', () => {
    const section = only(model({ ...FEW, changes: (row) => (row.query === 'Q5' ? failedRow({ ...row, status: 'timeout', error: 'Too slow.' }) : row) }));
    expect(mainLevel(section.levels)?.comparison).toMatchObject({ baseline: { series: { engine: 'duckdb' } }, why: 'nobody completed all queries' });
  });

  it('have a ratio with its interval, a claim and the noise floor for every sum', () => {
    expect(rowOf(levelTable(level), 'Trino 476, metadata cache off')).toEqual([
      'Trino 476, metadata cache off', 'slower', expect.stringMatching(/^2\.\d\d× \(2\.\d\d–2\.\d\d\)$/) as string, expect.stringMatching(/^2\.\d\d× \(2\.\d\d–2\.\d\d\)$/) as string,
      expect.stringMatching(/^± 0\.\d %$/) as string, '22', '4',
    ]);
  });

  it('are compared query by query, and who did not finish has its status there', () => {
    const table = comparisonTable(level);
    expect(rowOf(table, 'Q9').find((cell) => cell.startsWith('DNF'))).toBe('DNF: timeout');
    expect(rowOf(table, 'Q1')[1]).toBe('40 ms');
    expect(rowOf(table, 'Q1').at(-1)).toMatch(/^± [\d.]+ %$/);
  });

  const level100 = (ms: (row: ResultRow) => number): Section => only(model({ ...FEW, changes: (row) => (row.status === 'ok' ? resultRow({ ...row, duration_ms: ms(row) }) : row) }));

  it('are claimed different by nothing where intervals overlap', () => {
    const section = level100((row) => 100 + (row.engine.length + row.repetition * 7) % 5);
    for (const { comparison } of section.levels) {
      expect(comparison?.rivals.flatMap(({ total, perQuery }) => [total, ...perQuery.map(({ weighed }) => weighed)]).filter((weighed) => weighed?.claim != null)).toEqual([]);
    }
  });

  it('are claimed different by nothing below the noise of the null run, however narrow the intervals', () => {
    const steady = (noisy: number) => (row: ResultRow): number => (row.replica === 2 ? noisy : row.engine === 'flow' ? 100 : 110);
    const claims = (section: Section) => mainLevel(section.levels)?.comparison?.rivals.map(({ total }) => total?.claim ?? null);
    expect(new Set(claims(level100(steady(100))))).toEqual(new Set(['slower']));
    expect(new Set(claims(level100(steady(115))))).toEqual(new Set([null]));
    expect(levelTable(mainLevel(level100(steady(115)).levels) ?? level)?.rows[0]?.cells.map(textOf)).toContain('none: within the noise');
  });

  it('say loudly that there was no null run', () => {
    const without = model({ ...FEW, nullRun: false });
    expect(renderMarkdown(without)).toContain(NO_NULL_RUN);
    expect(without.headline.join(' ')).toContain('No null run was made');
    expect(levelTable(mainLevel(only(without).levels) ?? level)?.rows[0]?.cells.map(textOf)).toContain('no null run');
    expect(renderMarkdown(model(FEW))).not.toContain('NO NULL RUN');
    expect(noiseTable(plain)?.rows).toHaveLength(3);
  });
});

describe('the heat map', () => {
  const map = heatMap(mainLevel(plain.levels) ?? { workers: 1, contenders: [], comparison: null });

  it('has a cell for every query and series, 1.0 for the fastest of each query', () => {
    expect(map?.cells).toHaveLength(22 * 8);
    for (const query of map?.queries ?? []) expect(map?.cells.filter((cell) => cell.query === query && cell.text === '1.0').length).toBeGreaterThan(0);
  });

  it('marks what did not finish by its status and gives it no colour', () => {
    expect(map?.cells.filter(({ missing }) => missing !== null).map(({ query, text, step }) => [query, text, step])).toEqual([
      ['Q2', 'n/s', null], ['Q2', 'n/s', null], ['Q9', 'time', null], ['Q13', 'wrong', null], ['Q21', 'n/s', null], ['Q21', 'n/s', null], ['Q22', 'n/s', null], ['Q22', 'n/s', null],
    ]);
  });
});

describe('the coverage table', () => {
  it('tells exact, to spec, rewritten, unsupported, wrong and failed apart', () => {
    const table = coverageTable(plain);
    const at = (query: string, series: string) => rowOf(table, query)[table.columns.findIndex(({ name }) => name === series)];
    expect(at('Q1', 'Spark 3.5.8, default')).toBe('exact');
    expect(at('Q1', 'Daft 0.7.26, runner ray')).toBe('to spec');
    expect(at('Q11', 'Daft 0.7.26, runner ray')).toBe('exact, rewritten');
    expect(at('Q21', 'Daft 0.7.26, runner ray')).toBe('unsupported');
    expect(at('Q13', 'Trino 476, metadata cache on')).toBe('WRONG');
    expect(at('Q18', 'Spark 3.5.8, plan settings')).toBe('out of memory, at N = 1');
    expect(rowOf(table, 'Right').slice(1)).toEqual(['19 of 22', '19 of 22', '22 of 22', '22 of 22', '20 of 22', '22 of 22', '21 of 22', '22 of 22']);
  });

  it('gives each reason once, with its queries', () => {
    const reasons = coverageReasonTable(plain)?.rows.filter(({ group }) => group === 'Daft 0.7.26, runner ray').map(({ cells }) => cells.map(textOf));
    expect(reasons?.find(([what]) => what === 'unsupported')).toEqual(['unsupported', 'Q2, Q21, Q22', 'Daft has no correlated subquery of this kind: "Unsupported: EXISTS with a non-equality".']);
    expect(reasons?.find(([what]) => what === 'rewritten')).toEqual(['rewritten', 'Q11', 'The scalar subquery in HAVING became a cross join.']);
  });
});

describe('what holds an engine back', () => {
  it('is told from its own measurements, and where it has none that is said', () => {
    const by = (series: string) => heldBackTable(plain)?.rows.filter(({ group }) => group === series).map(({ cells }) => textOf(cells[1] ?? ''));
    expect(by('Trino 476, metadata cache off')).toEqual(['CPU', 'CPU', 'CPU']);
    expect(by('Spark 3.5.8, default')).toEqual(['scan', 'scan', 'scan']);
    expect(by('Daft 0.7.26, runner ray')).toEqual(['not told by the engine', 'not told by the engine', 'not told by the engine']);
  });
});

describe('sessions', () => {
  it('that were not recorded are said to be so', () => {
    expect(renderMarkdown(model({ ...FEW, sessions: false }))).toContain(NOT_RECORDED);
    expect(renderMarkdown(model(FEW))).not.toContain(NOT_RECORDED);
  });
});
