import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlace, type CheckedStep } from '../../../workloads/cli/s3/check-s3.js';
import { installHttpfs } from '../../../workloads/cli/s3/install-httpfs.js';

const STEPS = ['lists', 'writes', 'keeps what is there', 'reads', 'lists what was written', 'reads by DuckDB', 'removes'];

async function check(base: string): Promise<{ allWell: boolean; steps: CheckedStep[] }> {
  const steps: CheckedStep[] = [];
  return { allWell: await checkPlace(base, (step) => steps.push(step)), steps };
}

describe('the check of a place', () => {
  it('tries all that a run does there, and leaves nothing', async () => {
    const base = await mkdtemp(join(tmpdir(), 'flowbench-check-test-'));
    const { allWell, steps } = await check(base);
    expect(steps.map(({ what, failure }) => [what, failure])).toEqual(STEPS.map((what) => [what, null]));
    expect([allWell, await readdir(base)]).toEqual([true, []]);
  });

  it('says what cannot be done there, and tries nothing that needs it', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'flowbench-check-test-')), 'a-file');
    await writeFile(file, '');
    const { allWell, steps } = await check(file);
    expect(allWell).toBe(false);
    expect(steps.map(({ what }) => what)).toEqual(['lists', 'writes']);
    expect(steps[1]?.failure).toContain(`Cannot write ${file}`);
  });
});

describe('the installation of httpfs', () => {
  const signal = new AbortController().signal;

  it('leaves what is there', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'flowbench-install-')), 'httpfs.duckdb_extension');
    await writeFile(file, 'four');
    await expect(installHttpfs({ file, python: 'no-such-python', signal })).resolves.toEqual({ sizeBytes: 4, made: false });
  });

  it('says what it needs when it cannot be, and leaves nothing half made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowbench-install-'));
    await expect(installHttpfs({ file: join(folder, 'x', 'httpfs.duckdb_extension'), python: 'no-such-python', signal })).rejects.toMatchObject({
      code: 'tool_missing', remedy: expect.stringContaining('FLOWBENCH_HTTPFS') as string,
    });
    expect((await readdir(join(folder, 'x'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });
});
