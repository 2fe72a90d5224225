import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMarkdown } from '../../workloads/report/markdown.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { UNIT_STEPS, type Section } from '../../workloads/report/model/types.js';
import { renderPage } from '../../workloads/report/page/page.js';
import { PlotKit } from '../../workloads/report/plots/kit.js';
import { stageBars, unitBars } from '../../workloads/report/plots/shares.js';
import { unitTable } from '../../workloads/report/tables.js';
import { clusterRun, noBound, richRuns, steadyBound } from '../fixtures/report-runs.js';

const only = (run: ReturnType<typeof clusterRun>): Section => {
  const [section] = buildReport([run], noBound).sections;
  if (section === undefined) throw new Error('There is no section.');
  return section;
};
const JOBS = 'flow (DuckDB 1.5.5), Jobs, end to end with pod start';
const WARM = 'flow (DuckDB 1.5.5), warm pods, execution only';

describe('the two series of a cluster', () => {
  it('say in their names what their times hold, also where one stands alone', () => {
    expect(only(clusterRun()).series.map(({ label }) => label)).toEqual([JOBS, WARM]);
    const run = clusterRun();
    const alone = only({ ...run, rows: run.rows.filter(({ executor }) => executor === 'job') });
    expect(alone.series.map(({ label }) => label)).toEqual([JOBS]);
  });

  it('are told apart in words in the headline and above the grid', async () => {
    const model = buildReport([clusterRun()], noBound);
    const told = model.headline.find((sentence) => sentence.startsWith('On the cluster at N = 4'));
    expect(told).toMatch(/4 queries take [\d.]+ s end to end with a Job a stage, pod start included, and \d+ ms on pods that are up already: two questions, not two engines\./);
    const page = renderPage(model, await PlotKit.load(), readFileSync(join(__dirname, '../../workloads/report/report.css'), 'utf8'));
    for (const text of [page, renderMarkdown(model)]) {
      expect(text).toContain('waiting for a node, for the image and for the container are in every number');
      expect(text).toContain('what starting them costs is in no number of this series');
    }
  });

  it('are not named where there is no cluster', () => {
    const model = buildReport(richRuns(), noBound);
    expect(`${model.headline.join(' ')} ${renderMarkdown(model)}`).not.toMatch(/cluster at N|Where the time of a unit|in spawn/);
  });

  it('are charged for the nodes of the workers, and it is said what is not charged', () => {
    const text = renderMarkdown(buildReport([clusterRun()], noBound));
    expect(text).toContain('The system node, which the coordinator runs on, is not charged.');
    expect(text).toContain('4 × m5.xlarge of cluster bench-alpha; the machine above is the coordinator');
  });
});

describe('the way of a unit', () => {
  it('is the mean over the units of the counted repetitions, step by step, and adds up', () => {
    const paths = only(clusterRun()).unitPaths;
    expect(paths.map(({ seriesLabel, workers, units }) => [seriesLabel, workers, units])).toEqual([
      [JOBS, 1, 16], [JOBS, 2, 32], [JOBS, 4, 64], [WARM, 1, 16], [WARM, 2, 32], [WARM, 4, 64],
    ]);
    const job = paths[2];
    expect(job?.steps).toMatchObject({ created: 15, scheduled: 45, pulled: 180, started: 900, collected: expect.closeTo(20, 6) as number, 'in the pod besides': expect.closeTo(250, 6) as number });
    expect(job?.totalMs).toBeCloseTo(UNIT_STEPS.reduce((sum, step) => sum + (job?.steps[step] ?? 0), 0), 6);
    expect(paths[5]?.steps).toMatchObject({ created: 0, scheduled: null, pulled: null, started: 4 });
  });

  it('takes no unit of a cold, failed or interrupted repetition', () => {
    const run = clusterRun();
    const huge = { ...run, units: run.units.map((unit) => (unit.repetition === 1 ? { ...unit, collected_ms: 1e9 } : unit)) };
    expect(only(huge).unitPaths).toEqual(only(run).unitPaths);
    const interrupted = clusterRun((row) => (row.query === 'Q6' ? { ...row, interrupted: row.repetition === 3 } : row));
    expect(only(interrupted).unitPaths[0]?.units).toBe(15);
  });

  it('lets a mark that nobody saw leave its time to the next', () => {
    const run = clusterRun();
    const unseen = { ...run, units: run.units.map((unit) => ({ ...unit, pulled_ms: null })) };
    expect(only(unseen).unitPaths[0]?.steps).toMatchObject({ scheduled: 45, pulled: null, started: 1080 });
  });

  it('has a table with the steps that were seen, and bars of the same numbers', () => {
    const section = only(clusterRun());
    expect(unitTable(section)?.columns.map(({ name }) => name)).toEqual(['Workers', 'Units', ...UNIT_STEPS, 'Sum', 'Median', 'Longest']);
    const bars = unitBars(section);
    expect(bars).toHaveLength(6);
    expect(bars[0]?.parts.find(({ name }) => name === 'started')).toMatchObject({ value: 0.9, told: '900 ms' });
    const run = clusterRun();
    expect(unitTable(only({ ...run, units: [] }))).toBeNull();
  });

  it('shows the start of pods within the stages as parts of spawn, and not beside it', () => {
    const [jobs] = stageBars(only(clusterRun()));
    expect(jobs?.parts.filter(({ name }) => ['schedule', 'pull', 'start', 'spawn'].includes(name)).map(({ name, value }) => [name, value])).toEqual([['schedule', 0.24], ['pull', 0.72], ['start', 3.6]]);
  });
});

describe('an interrupted repetition', () => {
  it('is listed under exceptions and is in no time', () => {
    const slow = clusterRun((row) => (row.query === 'Q6' && row.repetition === 3 ? { ...row, interrupted: true, duration_ms: 1e7 } : row));
    const section = only(slow);
    expect(section.exceptions.filter(({ query }) => query === 'Q6')).toHaveLength(6);
    expect(section.exceptions[0]).toMatchObject({ status: 'ok', repetitions: [3], sentence: expect.stringContaining('coordinator was restarted') as string });
    for (const { configurations } of section.series) for (const { totals } of configurations) expect(totals?.medianMs).toBeLessThan(1e5);
    expect(renderMarkdown(buildReport([slow], steadyBound))).toContain('its time is in no statistic');
  });

  it('leaves a cell without a number when there is no other, and says so', () => {
    const section = only(clusterRun((row) => (row.query === 'Q6' ? { ...row, interrupted: !row.cold } : row)));
    expect(section.commonQueries).toEqual(['Q1', 'Q14', 'Q22']);
    expect(renderMarkdown(buildReport([clusterRun((row) => (row.query === 'Q6' ? { ...row, interrupted: !row.cold } : row))], noBound))).toContain('1 interrupted');
  });
});
