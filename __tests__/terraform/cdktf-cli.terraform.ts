import { copyFileSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STACKS } from '../../workloads/model/physical-names.js';
import { type AwsEmulator, startAwsEmulator } from './emulator/emulator.js';
import { everythingIn, leftovers } from './everything.js';
import { type CommandResult, runCommand, Terraform } from './terraform.js';
import { TEST_INPUT } from './workspace.js';

const ROOT = join(__dirname, '..', '..');
const MINUTE_MS = 60_000;
const STACK = 'guardrails-stack';
const REGION = 'us-east-2';

/** Deploying by the command that the README tells people to type; the other stacks run through Terraform itself. */
describe('the cdktf command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-cdktf-'));
  let terraform: Terraform;
  let emulator: AwsEmulator;
  let before: ReadonlySet<string>;

  beforeAll(async () => {
    terraform = await Terraform.find();
    emulator = await startAwsEmulator();
    before = await everythingIn(emulator.endpoint, REGION);
    copyFileSync(join(ROOT, 'cdktf.json'), join(folder, 'cdktf.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'flowbench.config.json'), JSON.stringify(TEST_INPUT));
  }, 5 * MINUTE_MS);

  afterAll(() => emulator.stop());

  function cdktf(...args: readonly string[]): Promise<CommandResult> {
    const app = [process.execPath, '-r', join(ROOT, '__tests__', 'fixtures', 'run-typescript.cjs'), join(__dirname, 'cdktf-app.ts'), emulator.endpoint];
    const environment = { ...terraform.environment, CI: '1', CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1', FORCE_COLOR: '0' };
    return runCommand(process.execPath, [join(ROOT, 'node_modules', 'cdktf-cli', 'bundle', 'bin', 'cdktf'), ...args, '--app', app.join(' ')], { folder, environment });
  }

  const expectToWork = ({ exitCode, output }: CommandResult): void => {
    expect(exitCode === 0 ? '' : output).toBe('');
  };

  test('lists the eight stacks', async () => {
    const listed = await cdktf('list');
    expectToWork(listed);
    expect(STACKS.filter((stack) => !listed.output.includes(stack))).toEqual([]);
  }, 5 * MINUTE_MS);

  test('deploys one', async () => {
    expectToWork(await cdktf('deploy', STACK, '--auto-approve', '--skip-provider-lock'));
    expect(leftovers(before, await everythingIn(emulator.endpoint, REGION)).length).toBeGreaterThan(5);
  }, 10 * MINUTE_MS);

  test('finds no difference then', async () => {
    const diff = await cdktf('diff', STACK, '--skip-provider-lock');
    expectToWork(diff);
    expect(diff.output).toContain('No changes');
  }, 10 * MINUTE_MS);

  test('destroys it and leaves nothing', async () => {
    expectToWork(await cdktf('destroy', STACK, '--auto-approve', '--skip-provider-lock'));
    expect(leftovers(before, await everythingIn(emulator.endpoint, REGION))).toEqual([]);
  }, 10 * MINUTE_MS);
});
