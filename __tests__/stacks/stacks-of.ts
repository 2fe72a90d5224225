import { Testing } from 'cdktf';
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
