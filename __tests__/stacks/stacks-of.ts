import { Testing } from 'cdktf';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchConfigSchema, type BenchConfig, type BenchConfigInput } from '../../workloads/model/bench-config/schema.js';
import { type StackName } from '../../workloads/model/physical-names.js';
import { makeStack } from '../../stacks/stacks.js';
import { type SynthesizedStack, synthesize } from '../infrastructure/synth.js';

/** A complete configuration with some fields changed. */
export function configWith(fields: BenchConfigInput = {}): BenchConfig {
  return benchConfigSchema.parse({ owner: 'you@example.org', adminCidrs: ['203.0.113.4/32'], ...fields });
}

/** One stack, with no other in its app. */
export function synthesised(name: StackName, config: BenchConfig = configWith()): SynthesizedStack {
  return synthesize(makeStack(Testing.app(), name, config));
}

/** Stands in for constructs/programs where the package was not built: folders that hold a program. */
export function fakePrograms(): { programFolder: (name: string) => string } {
  const root = mkdtempSync(join(tmpdir(), 'flowbench-programs-'));
  return {
    programFolder: (name) => {
      const folder = join(root, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'index.js'), 'exports.handler = () => undefined;\n');
      writeFileSync(join(folder, 'package.json'), '{}\n');
      return folder;
    },
  };
}
