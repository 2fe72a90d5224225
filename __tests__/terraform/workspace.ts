import { App } from 'cdktf';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBERNETES_VERSIONS } from '../../images/versions.js';
import { makeStack } from '../../stacks/stacks.js';
import { checkBenchConfig } from '../../workloads/model/bench-config/check.js';
import { type BenchConfig, type BenchConfigInput } from '../../workloads/model/bench-config/schema.js';
import { type StackName } from '../../workloads/model/physical-names.js';
import { awsPart } from './aws-part.js';

/** What the real runs deploy: small, and everything gone with a destroy. */
export const TEST_INPUT = {
  project: 'flowbench-try',
  owner: 'tests@example.org',
  adminCidrs: ['203.0.113.4/32'],
  datasets: [{ scaleFactor: 0.01 }],
  data: { deleteOnDestroy: true },
  results: { deleteOnDestroy: true, bigQuery: { projectId: 'bench-results', projectNumber: '123456789012' } },
  guardrails: { alertEmails: ['tests@example.org'] },
} as const satisfies BenchConfigInput;

export function testConfig(changes: BenchConfigInput = {}): BenchConfig {
  const checked = checkBenchConfig({ ...TEST_INPUT, ...changes }, { kubernetesVersions: Object.keys(KUBERNETES_VERSIONS) });
  if ('problems' in checked) throw new Error(checked.problems.join('\n'));
  return checked.config;
}

/** Synthesises stacks in one go, as an app does. @returns the app's output folder */
export function synthesiseStacks(config: BenchConfig, names: readonly StackName[]): string {
  const outdir = mkdtempSync(join(tmpdir(), 'flowbench-synth-'));
  const app = new App({ outdir, stackTraces: false });
  for (const name of names) makeStack(app, name, config);
  app.synth();
  return outdir;
}

export function stackFolder(outdir: string, name: string): string {
  return join(outdir, 'stacks', name);
}

export function readStack(outdir: string, name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(stackFolder(outdir, name), 'cdk.tf.json'), 'utf8')) as Record<string, unknown>;
}

/**
 * Leaves of a synthesised stack what the emulator can hold, in place, so that its assets stay where they are.
 *
 * @returns addresses of what was taken out
 */
export function keepAwsPart(outdir: string, name: string, endpoint: string): readonly string[] {
  const { stack, removed } = awsPart(readStack(outdir, name), endpoint);
  writeFileSync(join(stackFolder(outdir, name), 'cdk.tf.json'), JSON.stringify(stack, null, 2));
  return removed;
}

/** A stack that Terraform can be run on. */
export interface PreparedStack {
  readonly stack: string;
  /** The folder to run Terraform in. */
  readonly folder: string;
  /** Addresses of what the emulator cannot hold, taken out. */
  readonly notHeld: readonly string[];
}

/** One stack, alone in its app, ready for Terraform. */
export function prepareAlone(config: BenchConfig, stack: StackName, endpoint: string): PreparedStack {
  const outdir = synthesiseStacks(config, [stack]);
  const notHeld = keepAwsPart(outdir, stack, endpoint);
  return { stack, folder: stackFolder(outdir, stack), notHeld };
}
