import fc from 'fast-check';
import { medianOf, statistics } from '../../workloads/results/statistics.js';
import { summarise } from '../../workloads/results/summary.js';
import { failedRow, OTHER_DATASET_ID, resultRow } from '../fixtures/result-rows.js';

describe('statistics', () => {
  it('are those of a list worked out by hand', () => {
    expect(statistics([40, 10, 30, 20])).toEqual({ count: 4, median: 25, p95: expect.closeTo(38.5, 9) as number, min: 10, max: 40, spread: expect.closeTo(0.5163977795, 9) as number });
    expect(statistics([7])).toEqual({ count: 1, median: 7, p95: 7, min: 7, max: 7, spread: null });
    expect(statistics([0, 0])).toMatchObject({ median: 0, spread: null });
  });

  it('are none for no value', () => {
    expect(statistics([])).toBeNull();
    expect(medianOf([null, null])).toBeNull();
    expect(medianOf([null, 3, 5])).toBe(4);
  });

  it('keep median and p95 between smallest and largest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 }), (values) => {
        const found = statistics(values);
        return found !== null && found.min <= found.median && found.median <= found.p95 + 1e-9 && found.p95 <= found.max + 1e-9;
      }),
    );
  });
});

describe('a summary', () => {
  const warm = (query: string, workers: number, durations: readonly number[]) =>
    durations.map((duration, index) =>
      resultRow({ query, engine: 'flow', executor: 'warm', assignment: 'balanced', workers, threads_per_worker: 1, repetition: index + 1, cold: index === 0, duration_ms: duration }),
    );

  it('leaves the cold run out, and adds up medians', () => {
    const { tables, banner } = summarise([...warm('Q1', 1, [900, 100, 120, 110]), ...warm('Q6', 1, [900, 10, 30, 20])]);
    expect(banner).toBeNull();
    expect(tables[0]?.series[0]).toMatchObject({ totalMs: 130, okCells: 2, cells: [{ timing: { median: 110 }, coldMs: 900 }, { timing: { median: 20 } }] });
  });

  it('adds up only what every series completed, and gives a failure no number', () => {
    const failed = failedRow({ query: 'Q6', engine: 'flow', executor: 'warm', assignment: 'balanced', workers: 2, threads_per_worker: 1, repetition: 2, status: 'timeout', error: 'slow' });
    const { tables } = summarise([...warm('Q1', 1, [9, 100]), ...warm('Q6', 1, [9, 10]), ...warm('Q1', 2, [9, 50]), ...warm('Q6', 2, [5]), failed]);
    expect(tables[0]).toMatchObject({ commonQueries: ['Q1'], queries: ['Q1', 'Q6'] });
    expect(tables[0]?.series.map((series) => [series.totalMs, series.speedUp])).toEqual([[100, 1], [50, 2]]);
    expect(tables[0]?.series[1]?.cells[1]).toMatchObject({ status: 'timeout', timing: null, coldMs: null, error: 'slow' });
  });

  it('leaves interrupted repetitions out of every number, and lets a cell of nothing else be ok without one', () => {
    const rows = warm('Q1', 1, [900, 100, 120, 110]);
    const interrupted = (which: readonly number[]) => rows.map((row) => (which.includes(row.repetition) ? { ...row, interrupted: true, duration_ms: 5000 } : row));
    expect(summarise(interrupted([1, 2])).tables[0]?.series[0]).toMatchObject({ okCells: 1, cells: [{ timing: { count: 2, max: 120 }, coldMs: null }] });
    expect(summarise(interrupted([2, 3, 4])).tables[0]?.series[0]).toMatchObject({ okCells: 1, totalMs: null, cells: [{ status: 'ok', timing: null, coldMs: 900 }] });
  });

  it('calls a cell with one wrong answer wrong', () => {
    const rows = warm('Q1', 1, [9, 100, 100]);
    const wrong = failedRow({ ...rows[1], duration_ms: null, end_to_end_ms: null, status: 'wrong_answer', error: 'answer: row 1', strict_ok: false });
    const { tables } = summarise([rows[0] ?? wrong, wrong, rows[2] ?? wrong]);
    expect(tables[0]?.series[0]).toMatchObject({ totalMs: null, okCells: 0, cells: [{ status: 'wrong_answer', timing: null }] });
  });

  it.each([
    ['datasets', { dataset_id: OTHER_DATASET_ID }, 'dataset_id'],
    ['protocols', { protocol_id: 'p2' }, 'protocol_id'],
    ['node shapes', { node_shape: 'm5.xlarge' }, 'node_shape'],
    ['clusters', { cluster_id: 'c1' }, 'cluster_id'],
  ])('never puts rows of two %s in one table', (_name, changes, field) => {
    const rows = [resultRow(), resultRow({ repetition: 2 }), resultRow({ ...changes }), resultRow({ ...changes, repetition: 2 })];
    const { tables, banner } = summarise(rows);
    expect(tables).toHaveLength(2);
    expect(banner).toContain(`differ in ${field}`);
  });

  it('keeps series apart by every switch', () => {
    const switches = [{}, { variant: 'metadata-cache=on' }, { tier: 'tuned' }, { executor: 'process' }, { assignment: 'contiguous' }, { threads_per_worker: 2 }, { workers: 2 }];
    const { tables } = summarise(switches.map((change) => resultRow({ executor: 'warm', assignment: 'balanced', ...change })));
    expect(tables[0]?.series).toHaveLength(switches.length);
  });
});
