import { type Construct } from 'constructs';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { type StackName, STACKS } from '../workloads/model/physical-names.js';
import { AlphaStack } from './alpha-stack.js';
import { type BenchStack } from './bench-stack.js';
import { BetaStack } from './beta-stack.js';
import { DatagenStack } from './datagen-stack.js';
import { DeltaStack } from './delta-stack.js';
import { GammaStack } from './gamma-stack.js';
import { GuardrailsStack } from './guardrails-stack.js';
import { ImagesStack } from './images-stack.js';
import { ResultsStack } from './results-stack.js';

const CLASSES: Readonly<Record<StackName, new (scope: Construct, config: BenchConfig) => BenchStack>> = {
  'images-stack': ImagesStack,
  'datagen-stack': DatagenStack,
  'results-stack': ResultsStack,
  'guardrails-stack': GuardrailsStack,
  'alpha-stack': AlphaStack,
  'beta-stack': BetaStack,
  'gamma-stack': GammaStack,
  'delta-stack': DeltaStack,
};

/** One stack; it needs none of the others. */
export function makeStack(scope: Construct, name: StackName, config: BenchConfig): BenchStack {
  return new CLASSES[name](scope, config);
}

export function makeStacks(scope: Construct, config: BenchConfig): readonly BenchStack[] {
  return STACKS.map((name) => makeStack(scope, name, config));
}
