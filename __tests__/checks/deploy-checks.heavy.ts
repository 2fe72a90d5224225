import { Fn, Op, TerraformResource, TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { DeployChecks } from '../../constructs/checks/deploy-checks.js';
import { PlainTerraform } from '../infrastructure/plain-terraform.js';
import { type SynthesizedStack, synthesize } from '../infrastructure/synth.js';

/** The real Terraform CLI on a stack that needs no provider: what a requirement stops, and what it does not. */

const TIMEOUT_MS = 120_000;

/** One resource that stands for everything deployed, with requirements and a warning on a variable and on the clock. */
function checkedStack(): SynthesizedStack {
  const stack = new TerraformStack(Testing.app(), 'checked');
  const bucket = new TerraformVariable(stack, 'bucket', { type: 'string', default: 'there' });
  new TerraformResource(stack, 'Deployed', { terraformResourceType: 'terraform_data' });
  const checks = new DeployChecks(stack, 'Checks');
  checks.require('Bucket', Op.neq(bucket.value, 'gone'), 'The bucket is gone. Deploy datagen-stack first.');
  checks.require('Clock', Op.gte(Fn.timecmp(Fn.plantimestamp(), '2020-01-01T00:00:00Z'), 1), 'The clock is slow.');
  checks.warn('Age', Op.neq(bucket.value, 'old'), 'The bucket is old.');
  return synthesize(stack);
}

describe('with the Terraform CLI', () => {
  let terraform: PlainTerraform;

  beforeAll(async () => {
    terraform = await PlainTerraform.of(checkedStack());
  }, TIMEOUT_MS);

  afterAll(async () => {
    await terraform.end();
  });

  test('an unmet requirement stops a plan and an apply with its message, and nothing is deployed', async () => {
    for (const command of [['plan'], ['apply', '-auto-approve']] as const) {
      const stopped = await terraform.run(command[0], ...command.slice(1), '-var=bucket=gone');
      expect(stopped.exitCode).toBe(1);
      expect(stopped.output).toContain('Error: Resource precondition failed');
      expect(stopped.output).toContain('The bucket is gone. Deploy datagen-stack first.');
    }
    expect((await terraform.run('show')).output).toContain('No state.');
  }, TIMEOUT_MS);

  test('an unmet warning is told and stops nothing; a destroy is not stopped by a requirement that no longer holds', async () => {
    const applied = await terraform.run('apply', '-auto-approve', '-var=bucket=old');
    expect(applied).toMatchObject({ exitCode: 0 });
    expect(applied.output).toContain('Warning: Check block assertion failed');
    expect(applied.output).toContain('The bucket is old.');

    expect((await terraform.run('plan', '-detailed-exitcode', '-var=bucket=gone')).exitCode).toBe(1);
    const destroyed = await terraform.run('destroy', '-auto-approve', '-var=bucket=gone');
    expect(destroyed).toMatchObject({ exitCode: 0 });
    expect(destroyed.output).toContain('Destroy complete! Resources: 3 destroyed.');
    expect((await terraform.run('show')).output).toContain('No resources are represented');
  }, TIMEOUT_MS);
});
