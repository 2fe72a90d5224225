import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readResultRows } from '../../workloads/results/ndjson-reader.js';
import { NdjsonSink } from '../../workloads/results/ndjson-sink.js';
import { readRun, writeRunRecord } from '../../workloads/results/run-folder.js';
import { failedRow, resultRow, runRecord } from '../fixtures/result-rows.js';

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-results-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const ROWS = [resultRow(), failedRow({ query: 'Q2', status: 'timeout', error: 'too slow' })];

function written(name: string): string {
  const path = join(scratch, name);
  const sink = NdjsonSink.open(path);
  for (const row of ROWS) sink.append(row);
  sink.close();
  return path;
}

describe('a results file', () => {
  it('gives back the rows that were appended', () => {
    expect(readResultRows(written('sound'))).toEqual(ROWS);
  });

  it('can be read while it is written: a row counts from its newline on', () => {
    const path = join(scratch, 'live');
    const sink = NdjsonSink.open(path);
    expect(readResultRows(path)).toEqual([]);
    sink.append(resultRow());
    expect(readResultRows(path)).toHaveLength(1);
    sink.close();
  });

  it('does not count a torn last line, even one that is whole JSON', () => {
    const path = written('torn');
    appendFileSync(path, JSON.stringify(resultRow({ query: 'Q3' })));
    expect(readResultRows(path)).toEqual(ROWS);
  });

  it('goes on after the last whole line', () => {
    const path = written('continued');
    appendFileSync(path, '{"row_version":1,');
    const sink = NdjsonSink.open(path);
    sink.append(resultRow({ query: 'Q3' }));
    sink.close();
    expect(readResultRows(path).map((row) => row.query)).toEqual(['Q1', 'Q2', 'Q3']);
  });

  it.each([
    ['damaged JSON', '{"row_version":', /line 3 is not a result row/],
    ['another version', JSON.stringify({ ...resultRow(), row_version: 2 }), /line 3 .*row_version/],
    ['a field nobody knows', JSON.stringify({ ...resultRow(), speed: 1 }), /line 3 .*speed/],
    ['a status nobody knows', JSON.stringify({ ...resultRow(), status: 'fine' }), /line 3 .*status/],
  ])('names the line of %s', (_name, line, message) => {
    const path = written('bad');
    appendFileSync(path, `${line}\n`);
    expect(() => readResultRows(path)).toThrow(message);
    rmSync(path);
  });

  it('says where it cannot write', () => {
    expect(() => NdjsonSink.open(join(scratch, 'no', 'folder'))).toThrow(/Cannot write the results to/);
  });

  it('says that a row could not be stored', () => {
    const sink = NdjsonSink.open(join(scratch, 'closed'));
    sink.close();
    expect(() => {
      sink.append(resultRow());
    }).toThrow(/Cannot write the results to ".*closed" \(.*EBADF/);
  });
});

describe('the folder of a run', () => {
  it('gives back record and rows', () => {
    const dir = join(scratch, 'run');
    mkdirSync(dir);
    writeRunRecord(dir, runRecord());
    expect(readRun(dir)).toEqual({ uri: dir, record: runRecord(), rows: [], units: [], sessions: [] });
    const sink = NdjsonSink.open(join(dir, 'results.ndjson'));
    sink.append(resultRow());
    sink.close();
    expect(readRun(dir).rows).toEqual([resultRow()]);
  });

  it('refuses rows of another run', () => {
    const dir = join(scratch, 'mixed');
    mkdirSync(dir);
    writeRunRecord(dir, runRecord({ run_id: 'run-2' }));
    writeFileSync(join(dir, 'results.ndjson'), `${JSON.stringify(resultRow())}\n`);
    expect(() => readRun(dir)).toThrow(/holds a row of run run-1, but it is of run run-2/);
  });

  it('says that there is no run, and that the record is of another version', () => {
    expect(() => readRun(scratch)).toThrow(/There is no run in/);
    const dir = join(scratch, 'old');
    mkdirSync(dir);
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...runRecord(), record_version: 0 }));
    expect(() => readRun(dir)).toThrow(/is not a run record of this version/);
  });
});
