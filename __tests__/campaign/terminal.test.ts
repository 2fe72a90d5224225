import { TextProgress, durationText } from '../../workloads/campaign/progress.js';
import { publicationProblems } from '../../workloads/campaign/provenance.js';
import { runTable } from '../../workloads/campaign/terminal-table.js';
import { campaignRows, failedRow, OTHER_DATASET_ID, resultRow, runRecord } from '../fixtures/result-rows.js';
import { sessionRecord } from '../fixtures/session-records.js';

const today = new Date('2026-06-01T00:00:00Z');

describe('progress', () => {
  function recorded(isTTY: boolean) {
    const texts: string[] = [];
    let nowMs = 0;
    const progress = new TextProgress({ isTTY, write: (text) => texts.push(text) }, () => nowMs);
    progress.begin(2, 4);
    for (const name of ['flow Q1', 'flow Q6']) {
      progress.part(name, 2);
      for (const repetition of [1, 2]) {
        progress.repetition(`run ${repetition} of 2`);
        nowMs += 30_000;
      }
      progress.partDone();
    }
    progress.end();
    return texts;
  }

  it('writes a line per part where there is no terminal', () => {
    expect(recorded(false)).toEqual(['[1/2] flow Q1\n', '[2/2] flow Q6, about 1 min 0 s left\n']);
  });

  it('writes over one line on a terminal, and clears it', () => {
    const texts = recorded(true);
    expect(texts.every((text) => text.startsWith('\r\u001b[2K') && !text.includes('\n'))).toBe(true);
    expect(texts[1]).toContain('[1/2] flow Q1, about 1 min 30 s left, run 2 of 2');
    expect(texts.at(-1)).toBe('\r\u001b[2K');
  });

  it('counts a part that ended early as done', () => {
    const texts: string[] = [];
    let nowMs = 0;
    const progress = new TextProgress({ write: (text) => texts.push(text) }, () => nowMs);
    progress.begin(2, 10);
    progress.part('Q1', 5);
    progress.repetition('run 1 of 5');
    nowMs += 1000;
    progress.partDone();
    progress.part('Q6', 5);
    expect(texts[1]).toBe('[2/2] Q6, about 5 s left\n');
  });

  it.each([[400, '0 s'], [45_000, '45 s'], [130_000, '2 min 10 s'], [3_900_000, '1 h 5 min'], [-5, '0 s']])('says %d ms as %s', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });
});

describe('the table at the end', () => {
  it('shows every series with its verdict', () => {
    const text = runTable(runRecord(), campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 2] }), today);
    expect(text).toContain('flow (DuckDB 1.5.5)');
    expect(text).toContain('Σ median: 2 queries at scale factor 1');
    expect(text).toContain('all answers exact');
    expect(text).toContain('Derived from TPC-H, not comparable to published TPC-H results.');
    expect(text).not.toContain('exploratory');
    expect(text).not.toContain('Not comparable: ');
  });

  it('shows a failure as DNF with its cause, never as a number', () => {
    const text = runTable(runRecord(), [failedRow({ status: 'timeout', error: 'It took longer than 300 s.' })], today);
    expect(text).toContain('DNF: timeout');
    expect(text).toContain('Q1 on duckdb, default, N=1: timeout (It took longer than 300 s.)');
    expect(text).toContain('there is no total');
    expect(text).not.toMatch(/\d\.\d+ s/);
  });

  it('counts what an engine does not support apart from what went wrong', () => {
    const rows = [resultRow(), failedRow({ query: 'Q6', status: 'unsupported', error: 'It has no correlated subqueries.' }), failedRow({ query: 'Q9', status: 'engine_error', error: 'boom' })];
    const text = runTable(runRecord(), rows, today);
    expect(text).toMatch(/1 of 3 │ +1 │ +1 │/);
    expect(text).toContain('Q6 on duckdb, default, N=1: unsupported (It has no correlated subqueries.)');
  });

  it('shows tiers and the null run as series of their own, and how far an engine is from itself', () => {
    const rows = [resultRow(), resultRow({ repetition: 2, duration_ms: 100 }), resultRow({ replica: 2 }), resultRow({ replica: 2, repetition: 2, duration_ms: 80 }), resultRow({ tier: 'tuned', repetition: 2 })];
    const text = runTable(runRecord(), rows, today);
    expect(text).toContain('duckdb, default, tuned ');
    expect(text).toContain('duckdb, default, again (null run)');
    expect(text).toContain('Noise: duckdb, default, N=1, measured twice, differs from itself by 11.1 %; smaller differences between series say nothing.');
    expect(runTable(runRecord(), rows.slice(0, 2), today)).not.toContain('Noise');
  });

  it('says loudly where an engine had not what every engine was to have, once', () => {
    const session = sessionRecord({ asked: { threads_total: 4, memory_bytes_total: 4e9 }, parity: { memory_limit_bytes_total: 2.4e9, threads_total: 4 } });
    const text = runTable(runRecord(), [resultRow()], today, [session, { ...session, opening: 2 }]);
    expect(text.match(/NOT EQUAL: duckdb, N=1 may use 2\.40 GB of memory, where 4\.00 GB were to be had\./g)).toHaveLength(1);
    expect(runTable(runRecord(), [resultRow()], today, [sessionRecord()])).not.toContain('NOT EQUAL');
  });

  it('names the queries whose text was rewritten, with the reason', () => {
    expect(runTable(runRecord(), [resultRow({ engine: 'daft', rewrite: 'EXISTS as a join' })], today)).toContain('Rewritten for daft: Q1 (EXISTS as a join).');
  });

  it('draws two tables and a banner for rows of two datasets', () => {
    const text = runTable(runRecord(), [resultRow(), resultRow({ dataset_id: OTHER_DATASET_ID })], today);
    expect(text).toContain('Not comparable: these rows differ in dataset_id');
    expect(text.match(/Engine/g)).toHaveLength(2);
  });

  it('says so when a run may not be published', () => {
    const dirty = runRecord({ git_dirty: true, exploratory: true });
    expect(runTable(dirty, [resultRow()], today)).toContain('is exploratory: its code differed from revision 0123456789ab. Its numbers may be looked at, not published.');
  });

  it('shows cost with the date of its prices', () => {
    const prices = { node_shape: 'm5.xlarge', region: 'us-east-1', purchase: 'on-demand', as_of: '2026-01-19', instance_usd_per_hour: 0.192, control_plane_usd_per_hour: 0.1 };
    const text = runTable(runRecord({ prices }), campaignRows({ queries: ['Q1'], usdPerHour: 0.292 }), today);
    expect(text).toContain('Cost');
    expect(text).toMatch(/as of 2026-01-19, 133 days old/);
    expect(text).toMatch(/of it idle/);
    expect(text).not.toContain('system node');
    expect(runTable(runRecord({ prices, config: { place: { node_shape: 'm5.xlarge', cluster_id: 'c' } } }), [resultRow()], today)).toContain('the system node, which the coordinator runs on, is not.');
  });

  it('says what the times of each series of a cluster hold, and where there is one of them, of that alone', () => {
    const row = (executor: string) => resultRow({ engine: 'flow', executor, assignment: 'balanced' });
    const both = runTable(runRecord(), [row('job'), row('warm-job')], today);
    expect(both).toContain('Series "job": end to end');
    expect(both).toContain('Series "warm-job": execution only');
    expect(runTable(runRecord(), [row('job')], today)).not.toContain('execution only');
    expect(runTable(runRecord(), [row('warm')], today)).not.toContain('Series "');
  });

  it('tells of repetitions that a restart of the coordinator fell into', () => {
    expect(runTable(runRecord(), [resultRow({ interrupted: true }), resultRow({ repetition: 2 })], today)).toContain('1 repetition was under way when the coordinator was restarted: gated like all others, and left out of every statistic.');
    expect(runTable(runRecord(), [resultRow()], today)).not.toContain('restarted');
  });
});

describe('publication', () => {
  it('is for clean trees of a known revision', () => {
    expect(publicationProblems(runRecord())).toEqual([]);
  });

  it.each([
    ['a dirty tree', { git_dirty: true, exploratory: true }, /its code differed from revision/],
    ['an unknown revision', { git_sha: null, git_dirty: null, exploratory: true }, /revision of its code is unknown/],
    ['a record that hides that it does not know', { git_dirty: null, exploratory: false }, /revision of its code is unknown/],
    ['a record that hides its dirt', { git_dirty: true, exploratory: false }, /its code differed/],
  ])('refuses %s', (_name, changes, message) => {
    expect(publicationProblems(runRecord(changes))[0]).toMatch(message);
  });
});
