import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsPart } from './aws-part.js';
import { printCycles, type Step, StackCycle } from './cycle.js';
import { type AwsEmulator, startAwsEmulator } from './emulator/emulator.js';
import { Terraform } from './terraform.js';

const REGION = 'us-east-2';
const MINUTE_MS = 60_000;
const TERRAFORM_BLOCK = { required_providers: { aws: { source: 'aws', version: '6.25.0' } } };

/** What the harness is there to find, a stack each, and the step that must find it. */
const FAULTS: readonly (readonly [string, Step, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['an attribute that the provider does not know', 'validate', { aws_sns_topic: { t: { name: 't', region: REGION } } }, /region/],
  ['a condition that does not hold', 'apply', { terraform_data: { t: { lifecycle: { precondition: [{ condition: '${length(terraform_data.u.id) == 0}', error_message: 'planted' }] } }, u: {} } }, /planted/],
  ['a tag with the time of the plan', 'drift', { aws_sns_topic: { t: { name: 't', tags: { CreatedAt: '${timestamp()}' } } } }, /1 to change/],
  ['a log group that outlives its stack', 'leftovers', { aws_cloudwatch_log_group: { t: { name: '/planted', skip_destroy: true } } }, /log_groups \/planted/],
];

describe('faults planted into a stack', () => {
  let terraform: Terraform;
  let emulator: AwsEmulator;

  beforeAll(async () => {
    terraform = await Terraform.find();
    emulator = await startAwsEmulator();
  }, 5 * MINUTE_MS);
  afterAll(() => emulator.stop());

  test.each(FAULTS)('%s is found by the step "%s"', async (_what, step, resource, detail) => {
    const folder = mkdtempSync(join(tmpdir(), 'flowbench-planted-'));
    const stack = { terraform: TERRAFORM_BLOCK, provider: { aws: [{ region: REGION }] }, resource };
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(awsPart(stack, emulator.endpoint).stack));
    const cycle = new StackCycle(terraform, { endpoint: emulator.endpoint, region: REGION }, { stack: 'planted', folder, notHeld: [] });
    await cycle.run();
    expect(cycle.steps[step]).toMatchObject({ passed: false, detail: expect.stringMatching(detail) as string });
    expect(printCycles([cycle])).toContain('NO');
  }, 10 * MINUTE_MS);
});
