import { type StackName, STACKS } from '../../workloads/model/physical-names.js';
import { type CycleResult, printCycles, runCycle, STEPS } from './cycle.js';
import { startAwsEmulator, type AwsEmulator } from './emulator/emulator.js';
import { makeRetainedBuckets, writeWhatIsPublished } from './retained.js';
import { Terraform } from './terraform.js';
import { testConfig } from './workspace.js';

/** Two lanes of about the same length; each has an account of its own, so that a lane's leftovers are its own. */
const LANES: readonly (readonly StackName[])[] = [
  ['images-stack', 'guardrails-stack', 'alpha-stack', 'gamma-stack'],
  ['datagen-stack', 'results-stack', 'beta-stack', 'delta-stack'],
];
const MINUTE_MS = 60_000;

describe('real Terraform with the real aws provider, against an emulator of AWS', () => {
  const results = new Map<StackName, CycleResult | Error>();

  beforeAll(async () => {
    const terraform = await Terraform.find();
    await Promise.all(LANES.map((stacks) => runLane(terraform, stacks)));
    const done = STACKS.map((stack) => results.get(stack)).filter((result): result is CycleResult => result !== undefined && !(result instanceof Error));
    process.stdout.write(`${printCycles(done)}\n`);
  }, 40 * MINUTE_MS);

  async function runLane(terraform: Terraform, stacks: readonly StackName[]): Promise<void> {
    const emulator = await startAwsEmulator();
    try {
      const config = testConfig();
      let isSeeded = false;
      for (const stack of stacks) {
        if (isPhase(stack) && !isSeeded) {
          await seed(emulator);
          isSeeded = true;
        }
        results.set(stack, await runCycle(terraform, emulator.endpoint, config, stack).catch(asError));
      }
    } finally {
      await emulator.stop();
    }
  }

  async function seed({ endpoint }: AwsEmulator): Promise<void> {
    await makeRetainedBuckets(endpoint, testConfig());
    await writeWhatIsPublished(endpoint, testConfig());
  }

  test('every stack is in a lane', () => {
    expect([...LANES.flat()].sort()).toEqual([...STACKS].sort());
  });

  describe.each(STACKS)('%s', (stack) => {
    test.each(STEPS)('%s', (step) => {
      const result = results.get(stack);
      if (result instanceof Error) throw result;
      const outcome = result?.steps[step];
      expect(outcome?.detail).toBe('');
      expect(outcome?.passed).toBe(true);
    });
  });
});

function isPhase(stack: StackName): boolean {
  return /^(alpha|beta|gamma|delta)-/.test(stack);
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
