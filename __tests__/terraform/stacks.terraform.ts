import { clusterName, type StackName, STACKS } from '../../workloads/model/physical-names.js';
import { printCycles, StackCycle, STEPS } from './cycle.js';
import { type AwsEmulator, startAwsEmulator } from './emulator/emulator.js';
import { everythingIn, leftovers } from './everything.js';
import { makeRetainedBuckets, writeWhatIsPublished } from './retained.js';
import { ageState, firstApplied } from './state.js';
import { type CommandResult, PLAN, Terraform } from './terraform.js';
import { prepareAlone, synthesiseStacks, testConfig } from './workspace.js';

const MINUTE_MS = 60_000;
/** What alpha-stack reads of: deployed before it, and gone before it. */
const READ_BY_PHASES = ['images-stack', 'datagen-stack', 'results-stack'] as const satisfies readonly StackName[];
const ALONE = ['guardrails-stack', 'beta-stack', 'gamma-stack', 'delta-stack'] as const satisfies readonly StackName[];

const config = testConfig();
const cycles = new Map<StackName, StackCycle>();
/** Plans of alpha-stack that are about what they say. */
const plans: Partial<Record<'beforeTheOthers' | 'lastHour' | 'expired', CommandResult>> = {};
const problems: string[] = [];
let alphaFirstApplied = '';
let attachedCycle: StackCycle | undefined;
let leftInTheEnd: readonly string[] | undefined;

/** The retained stacks, then a phase that finds what they hold; they go, and then it. */
async function deployInOrder(terraform: Terraform, { endpoint }: AwsEmulator): Promise<void> {
  const before = await everythingIn(endpoint, config.region);
  const alpha = newCycle(terraform, endpoint, 'alpha-stack');
  await alpha.validate();
  plans.beforeTheOthers = await terraform.plan(alpha.folder);
  const retained = READ_BY_PHASES.map((stack) => newCycle(terraform, endpoint, stack));
  for (const stack of retained) {
    await stack.validate();
    await stack.apply();
  }
  await writeWhatIsPublished(endpoint, config);
  for (const stack of retained) await stack.checkDrift();
  await alpha.apply();
  await alpha.checkDrift();
  await planAtAges(terraform, alpha.folder);
  const onItsCluster = attached(terraform, endpoint);
  await onItsCluster.validate();
  await onItsCluster.apply();
  await onItsCluster.checkDrift();
  for (const stack of retained) await stack.destroy();
  await alpha.destroy();
  await onItsCluster.destroy();
  leftInTheEnd = leftovers(before, await everythingIn(endpoint, config.region));
}

async function planAtAges(terraform: Terraform, folder: string): Promise<void> {
  alphaFirstApplied = firstApplied(folder);
  ageState(folder, config.lifetimeHours.phase - 1);
  plans.lastHour = await terraform.plan(folder);
  ageState(folder, config.lifetimeHours.phase + 1);
  plans.expired = await terraform.plan(folder);
}

/** Each deployed, planned again and destroyed before the next; phases find buckets and parameters as the retained stacks make them. */
async function deployOneByOne(terraform: Terraform, { endpoint }: AwsEmulator): Promise<void> {
  await makeRetainedBuckets(endpoint, config);
  await writeWhatIsPublished(endpoint, config);
  for (const stack of ALONE) await newCycle(terraform, endpoint, stack).run();
}

/** Another phase on the cluster of alpha: deployed while it is there, destroyed after it is gone. */
function attached(terraform: Terraform, endpoint: string): StackCycle {
  const attachTo = clusterName(config.project, 'alpha');
  attachedCycle = new StackCycle(terraform, { endpoint, region: config.region }, prepareAlone(testConfig({ cluster: { attachTo } }), 'delta-stack', endpoint));
  return attachedCycle;
}

function newCycle(terraform: Terraform, endpoint: string, stack: StackName): StackCycle {
  const cycle = new StackCycle(terraform, { endpoint, region: config.region }, prepareAlone(config, stack, endpoint));
  cycles.set(stack, cycle);
  return cycle;
}

/** An account of its own, so that what is left in it can be nobody else's. */
async function inOwnAccount(work: (emulator: AwsEmulator) => Promise<void>): Promise<void> {
  const emulator = await startAwsEmulator();
  try {
    await work(emulator);
  } catch (problem) {
    problems.push(problem instanceof Error ? (problem.stack ?? problem.message) : String(problem));
  } finally {
    await emulator.stop();
  }
}

describe('real Terraform with the real aws provider, against an emulator of AWS', () => {
  const begin = new Date();

  beforeAll(async () => {
    const terraform = await Terraform.find();
    await Promise.all([inOwnAccount((emulator) => deployInOrder(terraform, emulator)), inOwnAccount((emulator) => deployOneByOne(terraform, emulator))]);
    process.stdout.write(`${printCycles(STACKS.flatMap((stack) => cycles.get(stack) ?? []))}\n`);
  }, 40 * MINUTE_MS);

  test('nothing but a step of a stack went wrong', () => {
    expect(problems).toEqual([]);
  });

  test('all stacks synthesise in one app, too', () => {
    expect(() => synthesiseStacks(config, STACKS)).not.toThrow();
  });

  describe.each(STACKS)('%s', (stack) => {
    test.each(STEPS)('%s', (step) => {
      const outcome = cycles.get(stack)?.steps[step] ?? { detail: 'not come to', passed: false };
      expect(outcome.detail).toBe('');
      expect(outcome.passed).toBe(true);
    });
  });

  test('what the account held before is all it holds in the end, though the phase was destroyed after what it read from', () => {
    expect(leftInTheEnd).toEqual([]);
  });

  test.each(STEPS)('a phase on the cluster of another: %s, after which that cluster may be gone', (step) => {
    expect(attachedCycle?.steps[step]).toMatchObject({ detail: '', passed: true });
  });

  test('a phase before its images, datasets and buckets stops at plan and names every one', () => {
    expect(plans.beforeTheOthers?.exitCode).toBe(PLAN.failed);
    const said = asOneLine(plans.beforeTheOthers?.output);
    for (const sentence of ['There is no dataset bucket', 'There is no results bucket', 'image coordinator is not published', 'image flow-worker is not published', 'no verified dataset under tpch/sf0.01']) {
      expect(said).toContain(sentence);
    }
  });

  test('a lifetime begins with the first apply', () => {
    const applied = new Date(alphaFirstApplied).getTime();
    expect(applied).toBeGreaterThan(begin.getTime() - 1000);
    expect(applied).toBeLessThan(Date.now());
  });

  test('a phase in its last hour is not told to be expired', () => {
    expect(plans.lastHour?.exitCode).not.toBe(PLAN.failed);
    expect(asOneLine(plans.lastHour?.output)).not.toContain('outlived');
  });

  test('a phase past its lifetime deploys no more, and was destroyed all the same', () => {
    expect(plans.expired?.exitCode).toBe(PLAN.failed);
    expect(asOneLine(plans.expired?.output)).toContain('alpha-stack has outlived its MaxLifetimeHours');
    expect(cycles.get('alpha-stack')?.steps.destroy?.passed).toBe(true);
  });
});

/** Terraform wraps its messages and draws a line beside them. */
function asOneLine(output = ''): string {
  return output.replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');
}
