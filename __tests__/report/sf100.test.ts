import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { SF100_BEGIN, SF100_END, sf100Section, withSf100Section } from '../../workloads/report/sf100.js';
import { type ResultRow } from '../../workloads/model/result-row.js';
import { fiveEngineRun } from '../fixtures/five-engines.js';
import { noBound } from '../fixtures/report-runs.js';
import { resultRow } from '../fixtures/result-rows.js';

const NOT_RUN = sf100Section(buildReport([], noBound));
const ROOT = join(__dirname, '../..');

function sectionOf(changes: Partial<ResultRow>, scaleFactor = 100, workers = [4], queries?: readonly string[]): string {
  const run = fiveEngineRun({ scaleFactor, workers, sessions: false, ...(queries === undefined ? {} : { queries }) });
  // Two engines are enough here.
  const rows = run.rows.filter(({ engine }) => engine === 'trino' || engine === 'duckdb').map((row) => resultRow({ ...row, ...changes }));
  return sf100Section(buildReport([{ ...run, rows }], noBound));
}

describe('the section on scale factor 100', () => {
  const onCluster = { cluster_id: 'bench-gamma', node_shape: '4 × m5.xlarge' };

  it('says that it was not run, and nothing else, without such rows', () => {
    expect(NOT_RUN).toContain('**Not run yet.**');
    expect(NOT_RUN).toContain('Derived from TPC-H, not comparable to published TPC-H results');
    expect(NOT_RUN).not.toContain('|');
  });

  it.each([
    ['of another scale factor', () => sectionOf(onCluster, 10)],
    ['of a single machine', () => sectionOf({ cluster_id: null })],
    ['of another number of nodes', () => sectionOf(onCluster, 100, [2])],
    ['of some queries only', () => sectionOf(onCluster, 100, [4], ['Q1', 'Q5'])],
  ])('is not made from rows %s', (_what, section) => {
    expect(section()).toBe(NOT_RUN);
  });

  it('has each series with sum, spread, cost, interval, claim and noise floor', () => {
    const text = sectionOf(onCluster);
    expect(text).toContain('| Trino 476, metadata cache off |');
    expect(text).toMatch(/\| Trino 476, metadata cache off \| [\d.]+ s \| [\d.]+ % \| \\\$[\d.]+ \| 22 of 22 \|/);
    expect(text).toContain('Derived from TPC-H');
    expect(text).toContain('Cluster bench-gamma, 4 × m5.xlarge');
    expect(text).not.toContain('Not run yet');
  });
});

describe('a document with the marks', () => {
  it('gets the text between them, again and again', () => {
    const empty = `before\n${SF100_BEGIN}\n${SF100_END}\nafter\n`;
    const once = withSf100Section(empty, NOT_RUN) ?? '';
    expect(once).toBe(`before\n${SF100_BEGIN}\n\n${NOT_RUN}\n\n${SF100_END}\nafter\n`);
    expect(withSf100Section(once, NOT_RUN)).toBe(once);
    expect(withSf100Section('no marks', NOT_RUN)).toBeNull();
  });

  it('is as generated: it says that it was not run, or names the runs of its numbers', () => {
    const documents = ['README.md', join('docs', 'tpch-sf100.md')].map((name) => readFileSync(join(ROOT, name), 'utf8')).filter((text) => text.includes(SF100_BEGIN));
    expect(documents.length).toBeGreaterThan(0);
    for (const text of documents) {
      const between = text.slice(text.indexOf(SF100_BEGIN) + SF100_BEGIN.length, text.indexOf(SF100_END)).trim();
      expect(between === NOT_RUN || /\nFrom run \S+ \(revision [0-9a-f]{12}\)/.test(between)).toBe(true);
    }
  });
});
