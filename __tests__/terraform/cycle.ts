import { everythingIn, leftovers } from './everything.js';
import { type CommandResult, PLAN, type Terraform } from './terraform.js';
import { type PreparedStack } from './workspace.js';

export const STEPS = ['validate', 'apply', 'drift', 'destroy', 'leftovers'] as const;
export type Step = (typeof STEPS)[number];

export interface StepResult {
  readonly passed: boolean;
  readonly seconds: number;
  /** What went wrong; empty when nothing did. */
  readonly detail: string;
}

export interface CycleResult {
  readonly stack: string;
  /** Steps that a failure before them made meaningless are absent. */
  readonly steps: Partial<Record<Step, StepResult>>;
  /** What the emulator cannot hold, taken out before. */
  readonly notHeld: readonly string[];
}

export interface Account {
  readonly endpoint: string;
  readonly region: string;
}

/** One stack and what became of it: each method is a step of its life, and its outcome a cell of the table. */
export class StackCycle implements CycleResult {
  readonly steps: Partial<Record<Step, StepResult>> = {};
  readonly stack: string;
  /** Where Terraform runs and keeps its state. */
  readonly folder: string;
  readonly notHeld: readonly string[];
  private made: ReadonlySet<string> = new Set();

  constructor(private readonly terraform: Terraform, private readonly account: Account, { stack, folder, notHeld }: PreparedStack) {
    this.stack = stack;
    this.folder = folder;
    this.notHeld = notHeld;
  }

  async validate(): Promise<void> {
    await this.terraform.init(this.folder);
    this.steps.validate = stepOf(await this.terraform.validate(this.folder));
  }

  async apply(): Promise<void> {
    const before = await this.everything();
    this.steps.apply = stepOf(await this.terraform.apply(this.folder));
    this.made = new Set(leftovers(before, await this.everything()));
  }

  /** A second plan must have nothing to do. */
  async checkDrift(): Promise<void> {
    this.steps.drift = stepOf(await this.terraform.plan(this.folder), PLAN.empty);
  }

  /** What the apply made must be gone; others may have made or destroyed something since. */
  async destroy(): Promise<void> {
    this.steps.destroy = stepOf(await this.terraform.destroy(this.folder));
    const begin = Date.now();
    const left = [...(await this.everything())].filter((entry) => this.made.has(entry));
    this.steps.leftovers = { passed: left.length === 0, seconds: (Date.now() - begin) / 1000, detail: left.join('\n') };
  }

  /** The whole life. What failed to be deployed is destroyed too. */
  async run(): Promise<void> {
    await this.validate();
    if (this.steps.validate?.passed !== true) return;
    await this.apply();
    if (this.steps.apply?.passed === true) await this.checkDrift();
    await this.destroy();
  }

  private everything(): Promise<ReadonlySet<string>> {
    return everythingIn(this.account.endpoint, this.account.region);
  }
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
