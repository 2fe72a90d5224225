import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { generateDataset, type DatagenOptions } from '../../workloads/dataset/datagen.js';
import { withFileLock } from '../../workloads/dataset/file-lock.js';
import { claimFolder, inspectFolder, releaseFolder, type GenerationSettings } from '../../workloads/dataset/folder-state.js';
import { tableJobs } from '../../workloads/dataset/layout-plan.js';
import { numberOption, sizeOption } from '../../workloads/dataset/option-values.js';
import { duration, Progress } from '../../workloads/dataset/progress.js';
import { runTool } from '../../workloads/dataset/tool-process.js';
import { copyOfSample, LIMITS, rejection, removeTempFolders, silent, tempFolder } from './helpers.js';

jest.setTimeout(60_000);
afterAll(removeTempFolders);

const signal = new AbortController().signal;
const SETTINGS: GenerationSettings = { settings_version: 1, scale_factor: 1, numeric: 'decimal', row_group_rows: 122_880, source_dataset_id: null, packages: { 'tpchgen-cli': '4.0.0' } };

describe('the state of a folder', () => {
  it('is claimed when empty, continued by the same settings, refused to others', async () => {
    const dir = await tempFolder();
    expect(await inspectFolder(dir, SETTINGS)).toBe('generate');
    await claimFolder(dir, SETTINGS);
    expect(await inspectFolder(dir, SETTINGS)).toBe('generate');
    const error = await rejection(inspectFolder(dir, { ...SETTINGS, scale_factor: 10 }));
    expect(error.code).toBe('configuration');
    expect(error.message).toContain('scale_factor 1 instead of 10');
  });

  it('is complete for the same settings once released with a manifest', async () => {
    const dir = await tempFolder();
    await claimFolder(dir, SETTINGS);
    await writeFile(join(dir, '_flowbench', 'manifest.json'), '{}');
    await releaseFolder(dir);
    expect(await inspectFolder(dir, SETTINGS)).toBe('complete');
    expect(await readdir(join(dir, '_flowbench'))).toEqual(['generated.json', 'manifest.json']);
    expect(await rejection(inspectFolder(dir, { ...SETTINGS, numeric: 'double' }))).toMatchObject({ code: 'configuration' });
  });

  it('is never taken from somebody: other files or an adopted dataset stay untouched', async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, 'thesis.txt'), '');
    const error = await rejection(inspectFolder(dir, SETTINGS));
    expect(error.message).toContain('thesis.txt');
    expect(await readdir(dir)).toEqual(['thesis.txt']);
    const adopted = await copyOfSample();
    await rm(join(adopted, '_flowbench', 'generated.json'));
    expect((await rejection(inspectFolder(adopted, SETTINGS))).message).toContain('datagen did not make');
  });
});

describe('generateDataset', () => {
  const options: DatagenOptions = {
    scaleFactor: 0.01, out: 'unset', rowGroupRows: 122_880, numeric: 'decimal', memoryBytes: LIMITS.memoryBytes, threads: 2, cacheDir: 'unset', python: 'python3', sink: silent, signal,
  };

  it('finds the sample complete without Python', async () => {
    const out = await copyOfSample();
    const result = await generateDataset({ ...options, out, python: 'no-such-python' });
    expect(result.made).toBe(false);
  });

  it('does not call a dataset complete whose files are gone', async () => {
    const out = await copyOfSample();
    await rm(join(out, 'orders'), { recursive: true });
    expect(await rejection(generateDataset({ ...options, out }))).toMatchObject({ code: 'dataset_changed' });
  });

  it('names every option that makes no sense', async () => {
    const error = await rejection(generateDataset({ ...options, out: await tempFolder(), scaleFactor: 0, rowGroupRows: 1.5, parts: -1, memoryBytes: 1000 }));
    expect(error.code).toBe('configuration');
    for (const words of ['Scale factor 0', '--row-group-rows 1.5', '--parts -1', '--memory 1000']) expect(error.message).toContain(words);
  });

  it('refuses to derive doubles from another scale factor', async () => {
    const error = await rejection(generateDataset({ ...options, out: await tempFolder(), scaleFactor: 1, numeric: 'double', from: await copyOfSample() }));
    expect(error.message).toContain('decimal dataset of scale factor 0.01');
  });

  it('says that Python is missing, and leaves a folder that a later call continues', async () => {
    const out = join(await tempFolder(), 'new');
    const error = await rejection(generateDataset({ ...options, out, cacheDir: await tempFolder(), python: 'no-such-python' }));
    expect(error.code).toBe('tool_missing');
    expect(error.sentence).toContain('Install Python 3.10');
    expect(await readdir(join(out, '_flowbench'))).toEqual(['generating.json', 'work']);
  });
});

describe('withFileLock', () => {
  it('refuses a second holder and names the first', async () => {
    const path = join(await tempFolder(), 'lock');
    await withFileLock(path, { what: 'The folder', waitMs: 0 }, async () => {
      const error = await rejection(withFileLock(path, { what: 'The folder', waitMs: 0 }, () => Promise.resolve()));
      expect(error.message).toBe(`The folder is in use by process ${process.pid} on ${hostname()}.`);
    });
    await expect(withFileLock(path, { what: 'The folder', waitMs: 0 }, () => Promise.resolve('free'))).resolves.toBe('free');
  });

  it('lets go when the work fails', async () => {
    const path = join(await tempFolder(), 'lock');
    await expect(withFileLock(path, { what: 'x', waitMs: 0 }, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
    await expect(withFileLock(path, { what: 'x', waitMs: 0 }, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('takes over from a process that has died, not from one on another machine', async () => {
    const path = join(await tempFolder(), 'lock');
    // Above the largest process id Linux gives.
    await writeFile(path, `${hostname()} 4194999\n`);
    await expect(withFileLock(path, { what: 'x', waitMs: 0 }, () => Promise.resolve(1))).resolves.toBe(1);
    await writeFile(path, 'another-machine 4194999\n');
    expect(await rejection(withFileLock(path, { what: 'x', waitMs: 0 }, () => Promise.resolve(1)))).toMatchObject({ code: 'configuration' });
  });

  it('takes over from a process that was killed and not yet buried', async () => {
    const path = join(await tempFolder(), 'lock');
    // The shell starts a child that ends at once, and becomes a sleeper that never asks for its end.
    const parent = spawn('sh', ['-c', 'sh -c "exit 0" & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = await new Promise<string>((resolve) => parent.stdout.once('data', (chunk: Buffer) => { resolve(chunk.toString().trim()); }));
    await writeFile(path, `${hostname()} ${pid}\n`);
    await expect(withFileLock(path, { what: 'x', waitMs: 5000 }, () => Promise.resolve(1))).resolves.toBe(1);
    parent.kill();
  });

  it('says that a folder cannot be written', async () => {
    const dir = await tempFolder();
    await writeFile(join(dir, 'file'), '');
    expect(await rejection(withFileLock(join(dir, 'file', 'lock'), { what: 'x', waitMs: 0 }, () => Promise.resolve(1)))).toMatchObject({ code: 'storage_write' });
  });
});

describe('runTool', () => {
  it('gives the lines of its output', async () => {
    const lines: string[] = [];
    await runTool('sh', ['-c', 'echo one; echo two'], { signal, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two']);
  });

  it.each([
    ['echo "No space left on device" >&2; exit 1', 'out_of_disk'],
    ['kill -9 $$', 'out_of_memory'],
    ['echo "wrong argument" >&2; exit 2', 'internal'],
  ])('says why it failed: %s', async (script, code) => {
    expect(await rejection(runTool('sh', ['-c', script], { signal }))).toMatchObject({ code });
  });

  it('keeps the last words of a tool', async () => {
    const error = await rejection(runTool('sh', ['-c', 'echo "first" >&2; echo "disk on fire" >&2; exit 3'], { signal }));
    expect(error.message).toContain('exit code 3: first disk on fire');
  });

  it('ends with the signal', async () => {
    const interruption = new AbortController();
    const running = rejection(runTool('sleep', ['30'], { signal: interruption.signal }));
    interruption.abort();
    expect(await running).toMatchObject({ code: 'cancelled' });
  });

  it('says that a program does not exist', async () => {
    expect(await rejection(runTool('no-such-program', [], { signal }))).toMatchObject({ code: 'tool_missing' });
  });
});

describe('tableJobs', () => {
  it('cuts large tables into files of some million rows, and lineitem for the disk alone', () => {
    const cuts = (scaleFactor: number, lineitemCuts?: number) => Object.fromEntries(tableJobs(scaleFactor, lineitemCuts).map((job) => [job.table, job.cuts]));
    expect(cuts(0.01)).toEqual({ region: 1, nation: 1, supplier: 1, part: 1, partsupp: 1, customer: 1, orders: 1, lineitem: 1 });
    expect(cuts(100)).toEqual({ region: 1, nation: 1, supplier: 1, part: 3, partsupp: 10, customer: 2, orders: 19, lineitem: 20 });
    expect(cuts(100, 7)).toEqual({ ...cuts(100), lineitem: 7 });
  });
});

describe('Progress', () => {
  function recorded(isTTY: boolean) {
    const written: string[] = [];
    const clock = { ms: 0 };
    const progress = new Progress({ isTTY, write: (text) => written.push(text) }, () => clock.ms);
    return { written, clock, progress };
  }

  it('says how much is done, how fast, and how long it will take', () => {
    const { written, clock, progress } = recorded(false);
    progress.expect(100);
    progress.startPhase('Sorting');
    clock.ms = 20_000;
    progress.done({ label: '1992-05', weight: 25, rows: 50_000_000 });
    expect(written).toEqual(['Sorting · 0 %\n', 'Sorting: 1992-05 · 25 % · 2.5 M rows/s · 1 min 0 s left\n']);
  });

  it('prints a plain line only now and then, and rewrites one line on a terminal', () => {
    const plain = recorded(false);
    const terminal = recorded(true);
    for (const { clock, progress } of [plain, terminal]) {
      progress.expect(10);
      progress.startPhase('P');
      for (let step = 1; step <= 10; step += 1) {
        clock.ms += 300;
        progress.done({ label: `${step}`, weight: 1, rows: 0 });
      }
      progress.note('done');
    }
    expect(plain.written).toEqual(['P · 0 %\n', 'done\n']);
    expect(terminal.written).toHaveLength(12);
    expect(terminal.written.slice(0, -1).every((text) => text.startsWith('\r') && !text.includes('\n'))).toBe(true);
    expect(terminal.written.at(-1)).toBe('\r\u001b[Kdone\n');
  });

  it('writes durations as people do', () => {
    expect([400, 59_000, 61_000, 3_900_000].map(duration)).toEqual(['1 s', '59 s', '1 min 1 s', '1 h 05 min']);
  });
});

describe('option values', () => {
  it('reads sizes and numbers', () => {
    expect([sizeOption('--memory', '2GB'), sizeOption('--memory', '1.5 GiB'), sizeOption('--memory', '800mb'), numberOption('--sf', '0.01')]).toEqual([2e9, 1_610_612_736, 8e8, 0.01]);
  });

  it.each(['', 'much', '2 TB', '-1GB'])('refuses the size "%s"', (text) => {
    expect(() => sizeOption('--memory', text)).toThrow(/not a size/);
  });

  it.each(['', 'one', '1x'])('refuses the number "%s"', (text) => {
    expect(() => numberOption('--sf', text)).toThrow(/not a number/);
  });
});

describe('the folder of a refused call', () => {
  it('is left as it was', async () => {
    const dir = await tempFolder();
    await mkdir(join(dir, 'photos'));
    const error = await rejection(
      generateDataset({ scaleFactor: 1, out: dir, rowGroupRows: 1000, numeric: 'decimal', memoryBytes: LIMITS.memoryBytes, threads: 1, cacheDir: dir, python: 'python3', sink: silent, signal }),
    );
    expect(error.code).toBe('configuration');
    expect(await readdir(dir)).toEqual(['photos']);
  });
});
