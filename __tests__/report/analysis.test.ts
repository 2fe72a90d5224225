import { buildCell } from '../../workloads/report/model/cells.js';
import { totalsOf } from '../../workloads/report/model/totals.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { noBound, storedRun } from '../fixtures/report-runs.js';
import { campaignRows, resultRow } from '../fixtures/result-rows.js';
import { type ResultRow, type StageTimes } from '../../workloads/model/result-row.js';

const STAGES: StageTimes = { plan_ms: 5, schedule_ms: null, pull_ms: null, start_ms: null, spawn_ms: 0, open_ms: 5, scan_ms: 40, proof_ms: 5, write_ms: 5, wait_ms: 5, merge_ms: 10, fetch_ms: 5, gate_ms: 50 };

function totalsWith(changes: Partial<ResultRow>, cores = 2) {
  const rows = [1, 2, 3].map((repetition) => resultRow({ repetition, cold: repetition === 1, stages: STAGES, cpu_ms: 20, duration_ms: 100, ...changes }));
  return totalsOf([buildCell('Q1', rows)], cores, false);
}

describe('what holds a configuration back', () => {
  it.each([
    ['scan', {}],
    ['cpu', { cpu_ms: 160 }],
    ['exchange', { stages: { ...STAGES, merge_ms: 80 } }],
    ['coordination', { stages: { ...STAGES, spawn_ms: 90 } }],
    ['scan', { cpu_ms: null }],
  ] as const)('is %s', (by, changes) => {
    expect(totalsWith(changes).heldBack.by).toBe(by);
  });

  it('is not CPU when as much CPU time spreads over more cores', () => {
    expect(totalsWith({ cpu_ms: 160 }, 4).heldBack).toMatchObject({ by: 'scan', cpuShare: 0.4 });
  });

  it('is not told without stage times, unless the CPU was busy', () => {
    const none = Object.fromEntries(Object.keys(STAGES).map((name) => [name, null])) as StageTimes;
    expect(totalsWith({ stages: none }).heldBack).toMatchObject({ by: null, scanMs: null, exchangeMs: null, coordinationMs: null });
    expect(totalsWith({ stages: none, cpu_ms: 190 }).heldBack.by).toBe('cpu');
  });

  it('is not told where the stages that were measured are less than half of the time', () => {
    expect(totalsWith({ duration_ms: 300 }).heldBack.by).toBeNull();
    expect(totalsWith({ duration_ms: 150 }).heldBack.by).toBe('scan');
  });
});

describe('stage times', () => {
  it('leave what no stage accounts for as a rest, the gate being outside', () => {
    expect(totalsWith({}).unaccountedMs).toBe(20);
  });

  it('never leave a rest below zero where stages overlap', () => {
    expect(totalsWith({ duration_ms: 50 }).unaccountedMs).toBe(0);
  });
});

describe('skew', () => {
  it('is the busiest worker over the mean one', () => {
    expect(totalsWith({ worker_busy_ms: [30, 10, 10, 10] }).skew).toEqual({ ratio: 2, perQuery: [{ query: 'Q1', workers: 4, ratio: 2 }] });
  });

  it('is unknown where no worker was measured', () => {
    expect(totalsWith({ worker_busy_ms: null }).skew).toBeNull();
  });
});

describe('the verdict sentences', () => {
  const sentences = (rows: readonly ResultRow[]) => buildReport([storedRun(rows)], noBound).headline.join('\n');
  const rows = campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 4] });

  it('name the fastest, by how much and at which N', () => {
    expect(sentences(rows)).toMatch(/^flow \(DuckDB 1\.5\.5\) at N = 4 \(1 thread each\) is fastest: 2 queries in \d+ ms\. DuckDB 1\.5\.5 \(one process, 4 threads\) needs \d+ ms at its best, [\d.]+× as long\.\n/);
  });

  it('call nobody faster whose passes overlap', () => {
    const level = rows.map((row) => resultRow({ ...row, duration_ms: 100 + row.repetition + (row.engine === 'flow' ? 0.5 : 0) }));
    expect(sentences(level)).toMatch(/^Too close to call: /);
  });

  it('call nobody faster by less than the noise of a query, though no passes overlap', () => {
    const [first] = rows.map(({ query }) => query);
    const noisy = rows.map((row) => {
      const swing = (row.repetition % 2 === 0 ? 10 : -10) * (row.query === first ? 1 : -1);
      return resultRow({ ...row, duration_ms: (row.engine === 'flow' ? 100 : 101) + swing });
    });
    expect(sentences(noisy)).toMatch(/^Too close to call: .* less than the noise of a query \(\d/);
    const steady = rows.map((row) => resultRow({ ...row, duration_ms: row.engine === 'flow' ? 100 : 101 }));
    expect(sentences(steady)).toMatch(/is fastest/);
  });

  it('call a difference of two passes a hint', () => {
    expect(sentences(campaignRows({ queries: ['Q1'], workers: [4], repetitions: 3 }))).toContain('a hint, not a proof');
    expect(sentences(campaignRows({ queries: ['Q1'], workers: [4], repetitions: 4 }))).not.toContain('a hint, not a proof');
  });

  it('say that all answers are right only when all are', () => {
    expect(sentences(rows)).toContain('All 30 answers are right, equal to the stored ones.');
    const loose = rows.map((row, index) => (index === 0 ? resultRow({ ...row, strict_ok: false }) : row));
    expect(sentences(loose)).toContain('All 30 answers are right by the TPC-H tolerance; 1 of them not to the last digit.');
    const wrong = rows.map((row, index) => (index === 0 ? resultRow({ ...row, status: 'wrong_answer', duration_ms: null, spec_ok: false, strict_ok: false }) : row));
    expect(sentences(wrong)).toContain('Of 30 runs, 1 gave a WRONG answer, each listed under exceptions; the other 29 answers are right.');
    expect(sentences(wrong)).not.toContain('All');
  });

  it('do not exist for engines that have no query in common', () => {
    const apart = rows.filter((row) => (row.engine === 'flow') === (row.query === 'Q1'));
    expect(sentences(apart)).toContain('nothing to compare');
  });
});

describe('series', () => {
  it('are told apart by what differs and nothing else', () => {
    const section = buildReport([storedRun(campaignRows({ queries: ['Q1'], assignments: ['balanced', 'contiguous'] }))], noBound).sections[0];
    expect(section?.series.map(({ label }) => label)).toEqual(['flow (DuckDB 1.5.5), balanced', 'flow (DuckDB 1.5.5), contiguous', 'DuckDB 1.5.5']);
  });

  it('are split by threads only where one N was run with several', () => {
    const rows = campaignRows({ queries: ['Q1'], workers: [1, 2] });
    const wider = rows.map((row) => resultRow({ ...row, threads_per_worker: 2 }));
    expect(buildReport([storedRun([...rows, ...wider])], noBound).sections[0]?.series.map(({ label }) => label)).toEqual([
      'flow (DuckDB 1.5.5), 1 thread each', 'flow (DuckDB 1.5.5), 2 threads each', 'DuckDB 1.5.5, 2 threads each', 'DuckDB 1.5.5, 4 threads each',
    ]);
    const falling = rows.map((row) => resultRow({ ...row, threads_per_worker: row.engine === 'flow' ? 2 / row.workers : 4 }));
    expect(buildReport([storedRun(falling)], noBound).sections[0]?.series).toHaveLength(2);
  });
});
