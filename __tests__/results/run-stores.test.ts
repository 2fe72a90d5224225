import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { contentOf } from '../../workloads/cloud/loader/rows.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { UnitRecord } from '../../workloads/model/unit-timeline.js';
import { ObjectRunStore } from '../../workloads/results/object-run-store.js';
import { fetchRun, openRunStore, openStoredRun, requireStoredRun } from '../../workloads/results/open-run.js';
import { readRun } from '../../workloads/results/run-folder.js';
import type { RunStore } from '../../workloads/results/run-store.js';
import type { Storage } from '../../workloads/storage/storage.js';
import { scratchFolder } from '../fixtures/campaigns.js';
import { FolderBuckets } from '../fixtures/folder-buckets.js';
import { resultRow, runRecord, unitRecord } from '../fixtures/result-rows.js';
import { sessionRecord } from '../fixtures/session-records.js';

const scratch = scratchFolder();
let buckets: FolderBuckets;
let names = 0;

beforeEach(() => {
  buckets = new FolderBuckets(join(scratch, 'buckets'));
});

const later = (row: ReturnType<typeof resultRow>, minute: number) => ({ ...row, started_at: `2026-05-04T10:0${minute}:00.000Z` });
const ROWS = [later(resultRow({ query: 'Q6' }), 1), later(resultRow({ query: 'Q1' }), 2), later(resultRow({ query: 'Q1', repetition: 2 }), 3)] as const;
const UNITS = ROWS.map((row) => [unitRecord(row, 'unit-0'), unitRecord(row, 'unit-1')]);

const SESSIONS = [sessionRecord(), sessionRecord({ opening: 2, opened_at: '2026-05-04T10:01:30.000Z' }), sessionRecord({ session_id: 'session-2', opened_at: '2026-05-04T10:02:30.000Z' })] as const;

/** A new place for a run, of either kind. */
function place(kind: 'folder' | 'S3'): string {
  names += 1;
  return kind === 'folder' ? join(scratch, `runs/${names}`) : `s3://results/runs/${names}`;
}

function open(uri: string): RunStore {
  return openRunStore(uri, { storageOf: buckets.storageOf, scratchRoot: join(scratch, 'temporary') });
}

function stored(uri: string) {
  return openStoredRun(uri, { storageOf: buckets.storageOf });
}

async function append(store: RunStore, ...which: readonly number[]): Promise<void> {
  for (const index of which) await store.append(ROWS[index] as never, UNITS[index] as UnitRecord[]);
}

describe.each(['folder', 'S3'] as const)('a run in %s', (kind) => {
  it('is given back as it was stored, with its units', async () => {
    const uri = place(kind);
    expect(await stored(uri)).toBeNull();
    const store = open(uri);
    await store.writeRecord(runRecord());
    expect(await stored(uri)).toEqual({ uri, record: runRecord(), rows: [], units: [], sessions: [] });
    await append(store, 0, 1, 2);
    await store.close();
    expect(await stored(uri)).toEqual({ uri, record: runRecord(), rows: ROWS, units: UNITS.flat(), sessions: [] });
    expect(existsSync(store.scratchDir)).toBe(false);
  });

  it('has every row from the moment it was stored, whatever becomes of who stored it', async () => {
    const uri = place(kind);
    const killed = open(uri);
    await killed.writeRecord(runRecord());
    await append(killed, 0, 1);
    expect((await stored(uri))?.rows).toEqual([ROWS[0], ROWS[1]]);
    const next = open(uri);
    await append(next, 2);
    await next.close();
    expect(await stored(uri)).toMatchObject({ rows: ROWS, units: UNITS.flat(), sessions: [] });
  });

  it('has every opening of a session from the moment it was stored, in the order of time, and keeps them when it is copied', async () => {
    const uri = place(kind);
    const killed = open(uri);
    await killed.writeRecord(runRecord());
    await killed.appendSession(SESSIONS[0]);
    await append(killed, 0);
    expect((await stored(uri))?.sessions).toEqual([SESSIONS[0]]);
    const next = open(uri);
    await next.appendSession(SESSIONS[2]);
    await next.appendSession(SESSIONS[1]);
    expect((await stored(uri))?.sessions).toEqual(SESSIONS);
    await next.close();
    expect((await stored(uri))?.sessions).toEqual(SESSIONS);
    const folder = join(scratch, `home-with-sessions/${names}`);
    await fetchRun(uri, folder, { storageOf: buckets.storageOf });
    expect(readRun(folder).sessions).toEqual(SESSIONS);
  });

  it('takes no session of another run, and none that breaks the contract', async () => {
    const uri = place(kind);
    const store = open(uri);
    await store.writeRecord(runRecord());
    await expect(store.appendSession({ ...SESSIONS[0], opening: 0 })).rejects.toThrow(/opening/);
    await store.appendSession({ ...SESSIONS[0], run_id: 'run-2' });
    await expect(stored(uri)).rejects.toThrow(/of run run-2, but it is of run run-1/);
    await store.close();
  });

  it('takes no second record, and no row that breaks the contract', async () => {
    const uri = place(kind);
    const store = open(uri);
    await store.writeRecord(runRecord());
    await expect(open(uri).writeRecord(runRecord({ run_id: 'run-2' }))).rejects.toMatchObject({ code: 'configuration', message: `There is a run in "${uri}" already.` });
    await expect(store.append({ ...ROWS[0], duration_ms: -1 }, [])).rejects.toThrow(/duration_ms/);
    await expect(store.append(ROWS[0], [{ ...unitRecord(ROWS[0], 'u'), attempts: 0.5 }])).rejects.toThrow(/attempts/);
    expect(await stored(uri)).toMatchObject({ record: { run_id: 'run-1' }, rows: [], units: [], sessions: [] });
  });

  it('is copied to a folder, also while it goes on, and over an earlier copy of itself alone', async () => {
    const uri = place(kind);
    const store = open(uri);
    await store.writeRecord(runRecord());
    await append(store, 0);
    const folder = join(scratch, `home/${names}`);
    const fetch = () => fetchRun(uri, folder, { storageOf: buckets.storageOf });
    expect(await fetch()).toMatchObject({ uri: folder, rows: [ROWS[0]] });
    await append(store, 1, 2);
    await store.close();
    await fetch();
    expect(readRun(folder)).toEqual({ uri: folder, record: runRecord(), rows: ROWS, units: UNITS.flat(), sessions: [] });
    expect(readdirSync(folder).sort()).toEqual(['results.ndjson', 'run.json', 'units.jsonl']);
    const other = place(kind);
    await open(other).writeRecord(runRecord({ run_id: 'run-2' }));
    await expect(fetchRun(other, folder, { storageOf: buckets.storageOf })).rejects.toMatchObject({ code: 'configuration' });
  });

  it('is refused when it holds a row of another run, or a damaged one', async () => {
    const uri = place(kind);
    const store = open(uri);
    await store.writeRecord(runRecord());
    await store.append({ ...ROWS[0], run_id: 'run-2' }, []);
    await expect(stored(uri)).rejects.toThrow(/holds a row of run run-2, but it is of run run-1/);
    await store.close();
    const results = join(kind === 'folder' ? uri : buckets.pathOf(uri), 'results.ndjson');
    writeFileSync(results, '{"row_version":1}\n');
    await expect(stored(uri)).rejects.toThrow(/results\.ndjson, line 1 is not a result row of this version/);
  });
});

describe('a run in a folder', () => {
  it('drops units whose row was never stored, and takes the last of a unit that was measured twice', async () => {
    const uri = place('folder');
    const store = open(uri);
    await store.writeRecord(runRecord());
    await append(store, 0);
    appendFileSync(join(uri, 'units.jsonl'), [unitRecord(ROWS[0], 'unit-0', { attempts: 2 }), ...(UNITS[1] ?? [])].map((unit) => `${JSON.stringify(unit)}\n`).join(''));
    const units = (await stored(uri))?.units;
    expect(units?.map(({ unit_id, attempts }) => `${unit_id} ${attempts}`)).toEqual(['unit-0 2', 'unit-1 1']);
    await store.close();
  });

  it('says where its folder cannot be made', () => {
    writeFileSync(join(scratch, 'file'), '');
    expect(() => open(join(scratch, 'file', 'run'))).toThrow(/cannot be made/);
  });
});

describe('a run in S3', () => {
  it('refuses an opening that another coordinator stored, and puts all together in a file that the loader does not take', async () => {
    const uri = place('S3');
    const [one, two] = [open(uri), open(uri)];
    await one.writeRecord(runRecord());
    await one.appendSession(SESSIONS[0]);
    await one.appendSession(SESSIONS[0]);
    await expect(two.appendSession({ ...SESSIONS[0], open_ms: 99 })).rejects.toMatchObject({ code: 'storage_write', message: `The session "${uri}/sessions/session-1.1.json" was stored by another coordinator of the run.` });
    await one.close();
    expect(buckets.writes.at(-1)).toBe(`${uri}/sessions.jsonl written`);
    expect(['sessions.jsonl', 'sessions/session-1.1.json'].map((name) => contentOf(`runs/1/${name}`))).toEqual([undefined, undefined]);
  });

  it('writes each row once, as an object of its own that the loader of result rows does not take', async () => {
    const uri = place('S3');
    const store = open(uri);
    await store.writeRecord(runRecord());
    await append(store, 0, 1);
    expect(buckets.writes).toEqual([`${uri}/run.json written`, ...[0, 1].map((index) => `${uri}/rows/${ROWS[index]?.row_id}.json written`)]);
    await store.close();
    expect(buckets.writes.slice(3)).toEqual([`${uri}/units.jsonl written`, `${uri}/results.ndjson written`]);
    const loaded = buckets.writes.map((write) => write.replace(/^s3:\/\/results\/| written$/g, '')).filter((key) => contentOf(key) !== undefined);
    expect(loaded.map((key) => key.replace(/.*\//, ''))).toEqual(['run.json', 'results.ndjson']);
  });

  it('refuses a row that another coordinator stored, and takes its own whose answer was lost', async () => {
    const uri = place('S3');
    const [first, second] = [open(uri), open(uri)];
    await first.writeRecord(runRecord());
    await append(first, 0);
    await append(second, 0);
    await expect(second.append({ ...ROWS[0], duration_ms: 1 }, [])).rejects.toMatchObject({ code: 'storage_write', retryable: true, message: expect.stringContaining('was stored by another coordinator') as string });
    expect((await stored(uri))?.rows).toEqual([ROWS[0]]);
  });

  it('would lose a row to a second coordinator if its writes were not conditional (planted)', async () => {
    const uri = place('S3');
    const unconditional: Storage = Object.assign(Object.create(buckets) as FolderBuckets, { write: (to: string, content: string) => buckets.write(to, content) });
    const [first, second] = [0, 1].map(() => new ObjectRunStore({ storage: unconditional, uri, scratchRoot: scratch }));
    await first?.writeRecord(runRecord());
    await first?.append(ROWS[0], []);
    await second?.append({ ...ROWS[0], duration_ms: 1 }, []);
    expect((await stored(uri))?.rows).not.toEqual([ROWS[0]]);
  });

  it('puts together what other coordinators stored, in the order of time, and leaves the rows where they are', async () => {
    const uri = place('S3');
    const [first, second] = [open(uri), open(uri)];
    await first.writeRecord(runRecord());
    await append(second, 2);
    await append(first, 0, 1);
    await first.close();
    const folder = buckets.pathOf(uri);
    expect(readFileSync(join(folder, 'results.ndjson'), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { row_id: string }).row_id)).toEqual(ROWS.map((row) => row.row_id));
    expect(readdirSync(join(folder, 'rows'))).toHaveLength(3);
    rmSync(join(folder, 'rows'), { recursive: true });
    expect((await stored(uri))?.rows).toEqual(ROWS);
  });

  it('puts its rows together every so often, and goes on when that fails', async () => {
    const uri = place('S3');
    const store = new ObjectRunStore({ storage: buckets, uri, scratchRoot: scratch, putTogetherEveryMs: 0 });
    await store.writeRecord(runRecord());
    await append(store, 0);
    const together = () => readFileSync(join(buckets.pathOf(uri), 'results.ndjson'), 'utf8').trim().split('\n').length;
    expect(together()).toBe(1);
    buckets.beforeWrite = (to) => {
      if (to.endsWith('.ndjson')) throw new FlowbenchError('storage_write', 'The store is down.');
    };
    await append(store, 1);
    expect((await stored(uri))?.rows).toEqual([ROWS[0], ROWS[1]]);
    await expect(store.close()).rejects.toThrow('The store is down.');
    buckets.beforeWrite = () => undefined;
    await open(uri).close();
    expect(together()).toBe(2);
  });

  it('writes nothing together when there is nothing', async () => {
    const uri = place('S3');
    const store = open(uri);
    await store.writeRecord(runRecord());
    await store.close();
    expect(buckets.writes).toEqual([`${uri}/run.json written`]);
  });

  it('refuses an object that is not the row of its name', async () => {
    const uri = place('S3');
    const store = open(uri);
    await store.writeRecord(runRecord());
    const stray = buckets.pathOf(`${uri}/rows/abc.json`);
    mkdirSync(dirname(stray), { recursive: true });
    writeFileSync(stray, JSON.stringify({ row: ROWS[0], units: [] }));
    await expect(stored(uri)).rejects.toThrow(/abc\.json" holds row /);
    writeFileSync(stray, '{"row":');
    await expect(stored(uri)).rejects.toThrow(/abc\.json is not a stored row of this version/);
  });

  it('is told that there is none', async () => {
    await expect(requireStoredRun('s3://results/runs/none/', { storageOf: buckets.storageOf })).rejects.toMatchObject({ code: 'configuration', message: 'There is no run in "s3://results/runs/none/" (no run.json).' });
  });
});

it('a run in a folder named from where one stands has temporary files at a place that holds from anywhere', () => {
  const store = openRunStore(relative(process.cwd(), join(scratch, 'named')));
  expect(store.scratchDir).toBe(join(scratch, 'named', 'scratch'));
});
