import { cp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadAnswer } from '../../workloads/dataset/answers.js';
import { generateDataset, type DatagenOptions, type DatagenResult } from '../../workloads/dataset/datagen.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { QueryTextOf } from '../../workloads/dataset/make-answers.js';
import { checkPublishedAnswers } from '../../workloads/dataset/published-answers.js';
import { ensurePythonEnv } from '../../workloads/dataset/python-env.js';
import { createTableViews } from '../../workloads/dataset/table-views.js';
import { verifyDataset } from '../../workloads/dataset/verify.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { LIMITS, rejection, removeTempFolders, SAMPLE_DIR, silent, tempFolder, withDuckDB } from './helpers.js';

// Real generation: needs Python and, once, the package index; minutes of work. Not part of `npm test`:
//   npx jest --testMatch '**/*.heavy.ts'
jest.setTimeout(30 * 60_000);
afterAll(removeTempFolders);

const signal = new AbortController().signal;
const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'flowbench');
const BASE = {
  scaleFactor: 0.01, rowGroupRows: 122_880, numeric: 'decimal', memoryBytes: 2_000_000_000, threads: 2, cacheDir, python: 'python3', sink: silent, signal,
} as const satisfies Omit<DatagenOptions, 'out'>;

async function datagen(options: Partial<DatagenOptions> = {}) {
  return generateDataset({ ...BASE, out: join(await tempFolder(), 'tpch'), ...options });
}

async function sampleId(): Promise<string> {
  return (await loadDataset(SAMPLE_DIR)).manifest.dataset_id;
}

describe('datagen at SF0.01', () => {
  it('makes the very dataset that the repository carries, and finds its answers among the packaged ones', async () => {
    const result = await datagen();
    expect(result.handle.manifest.dataset_id).toBe(await sampleId());
    expect(result.publishedCompared).toBe(21);
  });

  it('makes the same bytes with other threads, memory and cuts', async () => {
    const result = await datagen({ threads: 1, memoryBytes: 1_000_000_000, parts: 4 });
    expect(result.handle.manifest.dataset_id).toBe(await sampleId());
  });

  it.each([['Generating orders'], ['Sorting lineitem'], ['Describing the files'], ['Answering the queries']])('continues a call that was interrupted at "%s"', async (phase) => {
    const out = join(await tempFolder(), 'tpch');
    const interruption = new AbortController();
    const write = (text: string) => {
      if (text.includes(phase)) interruption.abort();
    };
    const sink = { isTTY: true, write };
    expect(await rejection(datagen({ out, sink, signal: interruption.signal }))).toMatchObject({ code: 'cancelled' });
    expect(await rejection(loadDataset(out))).toMatchObject({ code: 'dataset_missing' });
    expect(await rejection(datagen({ out, rowGroupRows: 1000 }))).toMatchObject({ code: 'configuration' });
    const result = await datagen({ out });
    expect(result.handle.manifest.dataset_id).toBe(await sampleId());
    expect(await readdir(join(out, '_flowbench'))).toEqual(['answers', 'generated.json', 'manifest.json']);
  });

  it('cuts row groups as asked', async () => {
    const { handle } = await datagen({ rowGroupRows: 500 });
    const groups = handle.manifest.tables['lineitem']?.files.flatMap((file) => file.row_groups) ?? [];
    expect(Math.max(...groups.map((group) => group.rows))).toBe(500);
    expect(handle.manifest.tables['lineitem']?.sorted).toBe(true);
  });

  it('derives doubles from a decimal dataset, given or generated, and proves that the rows are the same', async () => {
    const given = await datagen({ numeric: 'double', from: SAMPLE_DIR });
    const generated = await datagen({ numeric: 'double' });
    expect(given.handle.manifest).toMatchObject({ numeric: 'double', origin: 'derived', derived_from: { dataset_id: await sampleId() } });
    expect(generated.handle.manifest.derived_from).toEqual(given.handle.manifest.derived_from);
    expect(generated.handle.manifest.dataset_id).toBe(given.handle.manifest.dataset_id);
    expect(await verifyDataset({ dir: given.handle.uri, ...LIMITS, signal, onStep: () => undefined })).toEqual([]);
  });
});

describe('datagen at SF1', () => {
  let made: DatagenResult;
  let dir: string;
  beforeAll(async () => {
    made = await datagen({ scaleFactor: 1 });
    dir = made.handle.uri;
  });

  it('agrees with the published answers', () => {
    expect(made.publishedCompared).toBe(22);
  });

  it('is stopped by a wrong query template, which it names', async () => {
    const wrong: QueryTextOf = (id, scaleFactor, options) => queryText(id, scaleFactor, options).replace('between 0.05 and 0.07', 'between 0.05 and 0.06');
    expect(wrong('Q6', 1)).not.toBe(queryText('Q6', 1));
    const out = join(await tempFolder(), 'planted');
    await cp(dir, out, { recursive: true });
    await rm(join(out, '_flowbench', 'manifest.json'));
    await rename(join(out, '_flowbench', 'generated.json'), join(out, '_flowbench', 'generating.json'));
    const error = await rejection(datagen({ scaleFactor: 1, out, textOf: wrong }));
    expect(error.message).toContain('Q6, published row 1, column revenue');
    expect(error.message).not.toContain('Q5');
    expect(await rejection(loadDataset(out))).toMatchObject({ code: 'dataset_missing' });
  });

  it('finds the one answer that was changed, and nothing wrong with the sound ones', async () => {
    const handle = await loadDataset(dir);
    const env = await ensurePythonEnv({ cacheDir, python: 'python3', signal, onNote: () => undefined });
    const answers = await Promise.all(QUERY_IDS.map((id) => loadAnswer(handle, id, queryText(id, 1))));
    const changed = answers.map((answer) => (answer.query === 'Q13' ? { ...answer, result: { ...answer.result, rows: answer.result.rows.slice(1) } } : answer));
    await withDuckDB(async (session) => {
      await createTableViews(session, dir, new Map(Object.entries(handle.manifest.tables).map(([name, table]) => [name, table.files.map((file) => file.name)])));
      const check = (given: typeof answers) => checkPublishedAnswers({ session, scaleFactor: 1, extensionPath: env.tpchExtension, answers: given });
      expect(await check(answers)).toEqual({ compared: 22, problems: [] });
      expect((await check(changed)).problems).toEqual([expect.stringContaining('Q13')]);
    });
  });
});
