import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { commandsOf, snippetsOf } from '../docs/snippets.js';

jest.setTimeout(1_500_000);

const PROJECT = join(__dirname, '..', '..');
const COMMANDS = snippetsOf('README.md', readFileSync(join(PROJECT, 'README.md'), 'utf8')).filter(({ check }) => check === 'engines').flatMap(({ text }) => commandsOf(text));

/** What the README tells people to type to have other engines measured, typed, in its order. */
describe('the README, with other engines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-readme-engines-'));
  const programs = join(folder, 'programs');

  beforeAll(() => {
    mkdirSync(programs);
    for (const [name, body] of [['npx', 'exec "$@"'], ['flowbench', `exec "${process.execPath}" "${join(PROJECT, 'bin', 'flowbench.js')}" "$@"`]] as const) {
      writeFileSync(join(programs, name), `#!/usr/bin/env bash\n${body}\n`);
      chmodSync(join(programs, name), 0o755);
    }
    symlinkSync(join(PROJECT, 'workloads'), join(folder, 'workloads'));
  });

  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

  test.each(COMMANDS)('%s', (command) => {
    const environment = { ...process.env, PATH: [programs, process.env.PATH].join(delimiter) };
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', command], { cwd: folder, env: environment, encoding: 'utf8' });
    expect(status === 0 ? '' : `${stdout}${stderr}`).toBe('');
  });

  test('leaves a run whose cells are all ok, and a report of it', () => {
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1);
    expect(existsSync(join(folder, 'docs', 'BENCHMARKS-DISTRIBUTED.md'))).toBe(true);
  });
});
