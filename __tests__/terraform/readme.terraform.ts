import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { commandsOf, snippetsOf } from '../docs/snippets.js';
import { type AwsEmulator, EMULATOR_CREDENTIALS, startAwsEmulator } from './emulator/emulator.js';
import { emulatorPython } from './emulator/python.js';
import { everythingIn, leftovers } from './everything.js';
import { bootNextMachine } from './machine.js';
import { type CommandResult, runCommand, Terraform } from './terraform.js';

const ROOT = join(__dirname, '..', '..');
const MINUTE_MS = 60_000;
const REGION = 'us-east-2';

/** The commands of the README, with the one number that would take an hour here. */
function commandsOfTheReadme(): readonly string[] {
  const snippets = snippetsOf('README.md', readFileSync(join(ROOT, 'README.md'), 'utf8')).filter(({ check }) => check === 'emulator');
  return snippets.flatMap(({ text }) => commandsOf(text)).map((command) => command.replace('--sf 10', '--sf 0.01'));
}

/**
 * What the README tells people to type, typed. Instead of an AWS account there is the emulator: a machine's
 * script runs here, what stands inside a cluster is taken out of a stack, and nobody is asked to approve a plan.
 */
describe('the README, in an AWS account', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-readme-'));
  let emulator: AwsEmulator;
  let environment: NodeJS.ProcessEnv;
  let before: ReadonlySet<string>;
  const outcomes = new Map<string, CommandResult>();

  /** A program of the folder, found before others of its name. */
  function addProgram(name: string, body: string): void {
    const file = join(folder, 'programs', name);
    writeFileSync(file, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(file, 0o755);
  }

  beforeAll(async () => {
    const terraform = await Terraform.find();
    emulator = await startAwsEmulator();
    before = await everythingIn(emulator.endpoint, REGION);
    mkdirSync(join(folder, 'programs'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const app = [process.execPath, '-r', join(ROOT, '__tests__', 'fixtures', 'run-typescript.cjs'), join(__dirname, 'cdktf-app.ts'), emulator.endpoint].join(' ');
    const project = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8')) as { context: { flowbench: { profiles: { default: { datasets: unknown } } } } };
    project.context.flowbench.profiles.default.datasets = [{ scaleFactor: 0.01 }];
    writeFileSync(join(folder, 'cdktf.json'), JSON.stringify({ ...project, app }));
    const cdktf = `"${process.execPath}" "${join(ROOT, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf')}"`;
    addProgram('npx', 'exec "$@"');
    addProgram('flowbench', `exec "${process.execPath}" "${join(ROOT, 'bin', 'flowbench.js')}" "$@"`);
    addProgram('cdktf', `command="$1"; shift; exec ${cdktf} "$command" "$@" --auto-approve --skip-provider-lock`);
    environment = {
      ...terraform.environment, CI: '1', CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1', FORCE_COLOR: '0',
      AWS_ENDPOINT_URL: emulator.endpoint, AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey, AWS_REGION: REGION,
      PATH: [join(folder, 'programs'), process.env.PATH, dirname(await emulatorPython())].join(delimiter),
    };
  }, 10 * MINUTE_MS);

  afterAll(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(commandsOfTheReadme())('%s', async (command) => {
    const booted = command.includes('--target ec2') ? bootNextMachine(emulator.endpoint, REGION) : Promise.resolve(0);
    const outcome = await runCommand('bash', ['-euo', 'pipefail', '-c', command], { folder, environment });
    outcomes.set(command, outcome);
    expect(outcome.exitCode === 0 ? '' : outcome.output).toBe('');
    expect(await booted).toBe(0);
  }, 15 * MINUTE_MS);

  test('leaves the retained stacks, named as kept on purpose, and nothing of the phase', async () => {
    const left = leftovers(before, await everythingIn(emulator.endpoint, REGION));
    expect(left.filter((entry) => entry.includes('-alpha'))).toEqual([]);
    expect(left.join('\n')).toMatch(/ematix-flow-bench-data-\d+-us-east-2/);
    expect([...outcomes.values()].at(-1)?.output).toMatch(/kept|retained/);
  }, MINUTE_MS);
});
