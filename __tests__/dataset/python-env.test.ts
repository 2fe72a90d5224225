import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePythonEnv } from '../../workloads/dataset/python-env.js';
import { rejection, removeTempFolders, tempFolder } from './helpers.js';

jest.setTimeout(30_000);
afterAll(removeTempFolders);

/** A Python that makes environments of itself and logs what it is asked for. */
async function fakePython(options: { version?: string; venv?: string; pip?: string } = {}): Promise<{ python: string; log: () => Promise<string[]> }> {
  const dir = await tempFolder();
  const python = join(dir, 'python');
  const { version = '3 11', venv = 'mkdir -p "$3/bin" && cp "$0" "$3/bin/python"', pip = 'exit 0' } = options;
  await writeFile(
    python,
    `#!/bin/sh
echo "$1 $2" >> ${dir}/log
case "$1 $2" in
  "-c import sys; "*) echo ${version} ;;
  "-c import sysconfig; "*) echo /site-packages ;;
  "-m venv") ${venv} ;;
  "-m pip") ${pip} ;;
esac
`,
  );
  await chmod(python, 0o755);
  return { python, log: async () => (await readFile(join(dir, 'log'), 'utf8')).trim().split('\n').map((line) => line.slice(0, 7).trim()) };
}

function ensure(cacheDir: string, python: string) {
  return ensurePythonEnv({ cacheDir, python, signal: new AbortController().signal, onNote: () => undefined });
}

describe('ensurePythonEnv', () => {
  it('makes the environment once, also for two callers at the same time', async () => {
    const cacheDir = await tempFolder();
    const { python, log } = await fakePython();
    const [first, second] = await Promise.all([ensure(cacheDir, python), ensure(cacheDir, python)]);
    expect(first).toEqual(second);
    expect(first.tpchExtension).toMatch(/^\/site-packages\/duckdb_extension_tpch\/extensions\/v1\.5\.5\//);
    await ensure(cacheDir, python);
    expect((await log()).filter((line) => line === '-m venv')).toHaveLength(1);
  });

  it('makes a half-made environment again', async () => {
    const cacheDir = await tempFolder();
    const broken = await fakePython({ pip: 'exit 1' });
    expect(await rejection(ensure(cacheDir, broken.python))).toMatchObject({ code: 'tool_missing' });
    const sound = await fakePython();
    await ensure(cacheDir, sound.python);
    expect(await sound.log()).toContain('-m pip');
  });

  it.each([
    ['a Python that does not exist', {}, 'no-such-python', 'cannot be run'],
    ['an old Python', { version: '3 8' }, null, 'is 3.8'],
    ['a missing venv module', { venv: 'echo "No module named venv" >&2; exit 1' }, null, 'virtual environment'],
    ['a package index out of reach', { pip: 'echo "Could not find a version" >&2; exit 1' }, null, 'cannot install tpchgen-cli=='],
  ])('says clearly what is wrong with %s', async (_, options, name, words) => {
    const { python } = await fakePython(options);
    const error = await rejection(ensure(await tempFolder(), name ?? python));
    expect(error.code).toBe('tool_missing');
    expect(error.message).toContain(words);
    expect(error.remedy).toBeDefined();
  });

  it('does not use a folder that only looks like the environment', async () => {
    const cacheDir = await tempFolder();
    const { python, log } = await fakePython();
    await ensure(cacheDir, python);
    const before = (await log()).length;
    await mkdir(join(cacheDir, 'unrelated'));
    await ensure(cacheDir, python);
    expect((await log()).length).toBe(before + 1);
  });
});
