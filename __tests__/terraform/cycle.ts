import { type BenchConfig } from '../../workloads/model/bench-config/schema.js';
import { type StackName } from '../../workloads/model/physical-names.js';
import { everythingIn, leftovers } from './everything.js';
import { type CommandResult, PLAN, type Terraform } from './terraform.js';
import { prepareAlone } from './workspace.js';

export const STEPS = ['validate', 'apply', 'drift', 'destroy', 'leftovers'] as const;
export type Step = (typeof STEPS)[number];

export interface StepResult {
  readonly passed: boolean;
  readonly seconds: number;
  /** What went wrong; empty when nothing did. */
  readonly detail: string;
}

export interface CycleResult {
  readonly stack: StackName;
  /** Steps that a failure before them made meaningless are absent. */
  readonly steps: Partial<Record<Step, StepResult>>;
  /** What the emulator cannot hold, taken out before. */
  readonly notHeld: readonly string[];
}

/** Deploys one stack to the emulator, plans again, destroys, and looks what is left. A failed apply is destroyed too. */
export async function runCycle(terraform: Terraform, endpoint: string, config: BenchConfig, stack: StackName): Promise<CycleResult> {
  const { folder, removed } = prepareAlone(config, stack, endpoint);
  const steps: Partial<Record<Step, StepResult>> = {};
  await terraform.init(folder);
  steps.validate = stepOf(await terraform.validate(folder));
  if (!steps.validate.passed) return { stack, steps, notHeld: removed };
  const before = await everythingIn(endpoint, config.region);
  steps.apply = stepOf(await terraform.apply(folder));
  if (steps.apply.passed) steps.drift = stepOf(await terraform.plan(folder), PLAN.empty);
  steps.destroy = stepOf(await terraform.destroy(folder));
  const begin = Date.now();
  const left = leftovers(before, await everythingIn(endpoint, config.region));
  steps.leftovers = { passed: left.length === 0, seconds: (Date.now() - begin) / 1000, detail: left.join('\n') };
  return { stack, steps, notHeld: removed };
}

function stepOf({ exitCode, output, seconds }: CommandResult, expected = 0): StepResult {
  const passed = exitCode === expected;
  return { passed, seconds, detail: passed ? '' : output };
}

/** A line for each stack, a column for each step, and below what the emulator was not given. */
export function printCycles(results: readonly CycleResult[]): string {
  const cell = (step: StepResult | undefined): string => (step === undefined ? '–' : `${step.passed ? 'yes' : 'NO'} ${step.seconds.toFixed(0)} s`);
  const rows = results.map(({ stack, steps }) => [stack, ...STEPS.map((step) => cell(steps[step]))]);
  const table = [['stack', ...STEPS], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  const notHeld = results.filter((result) => result.notHeld.length > 0).map(({ stack, notHeld: names }) => `${stack} was tried without ${names.join(', ')}`);
  return [...lines, ...notHeld].join('\n');
}
