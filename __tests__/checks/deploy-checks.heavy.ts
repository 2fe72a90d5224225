import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fn, Op, TerraformResource, TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { DeployChecks } from '../../constructs/checks/deploy-checks.js';
import { synthesize } from '../infrastructure/synth.js';

/** The real Terraform CLI on a stack that needs no provider: what a requirement stops, and what it does not. */

interface Ran {
  readonly exitCode: number;
  readonly output: string;
}

const TIMEOUT_MS = 120_000;

/** A stack with one resource that stands for everything deployed, and requirements and a warning on a variable and on the clock. */
function stackText(): string {
  const stack = new TerraformStack(Testing.app(), 'checked');
  const bucket = new TerraformVariable(stack, 'bucket', { type: 'string', default: 'there' });
  new TerraformResource(stack, 'Deployed', { terraformResourceType: 'terraform_data' });
  const checks = new DeployChecks(stack, 'Checks');
  checks.require('Bucket', Op.neq(bucket.value, 'gone'), 'The bucket is gone. Deploy datagen-stack first.');
  checks.require('Clock', Op.gte(Fn.timecmp(Fn.plantimestamp(), '2020-01-01T00:00:00Z'), 1), 'The clock is slow.');
  checks.warn('Age', Op.neq(bucket.value, 'old'), 'The bucket is old.');
  return JSON.stringify(synthesize(stack).json);
}

describe('with the Terraform CLI', () => {
  let folder = '';

  function terraform(...args: string[]): Promise<Ran> {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: join(folder, 'cli.tfrc') };
    return new Promise((resolve) => {
      execFile('terraform', [`-chdir=${folder}`, ...args], { env }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        // Messages are wrapped to a width and framed.
        resolve({ exitCode, output: `${stdout}${stderr}`.replace(/[\s│]+/g, ' ') });
      });
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowbench-checks-'));
    await writeFile(join(folder, 'cli.tfrc'), '');
    await writeFile(join(folder, 'main.tf.json'), stackText());
    const initialised = await terraform('init', '-no-color', '-input=false');
    if (initialised.exitCode !== 0) throw new Error(initialised.output);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('an unmet requirement stops a plan and an apply with its message, and nothing is deployed', async () => {
    for (const command of [['plan'], ['apply', '-auto-approve']]) {
      const stopped = await terraform(...command, '-no-color', '-var=bucket=gone');
      expect(stopped.exitCode).toBe(1);
      expect(stopped.output).toContain('Error: Resource precondition failed');
      expect(stopped.output).toContain('The bucket is gone. Deploy datagen-stack first.');
    }
    expect((await terraform('show', '-no-color')).output).toContain('No resources are represented');
  }, TIMEOUT_MS);

  test('an unmet warning is told and stops nothing; a destroy is not stopped by a requirement that no longer holds', async () => {
    const applied = await terraform('apply', '-auto-approve', '-no-color', '-var=bucket=old');
    expect(applied).toMatchObject({ exitCode: 0 });
    expect(applied.output).toContain('Warning: Check block assertion failed');
    expect(applied.output).toContain('The bucket is old.');

    expect((await terraform('plan', '-no-color', '-detailed-exitcode', '-var=bucket=gone')).exitCode).toBe(1);
    const destroyed = await terraform('destroy', '-auto-approve', '-no-color', '-var=bucket=gone');
    expect(destroyed).toMatchObject({ exitCode: 0 });
    expect(destroyed.output).toContain('Destroy complete! Resources: 3 destroyed.');
    expect((await terraform('show', '-no-color')).output).toContain('No resources are represented');
  }, TIMEOUT_MS);
});
