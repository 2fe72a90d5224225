import { type Construct } from 'constructs';
import { Guardrails } from '../constructs/index.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { BenchStack } from './bench-stack.js';

/** What watches over the money: a budget with alerts, and the janitor. Retained. */
export class GuardrailsStack extends BenchStack {
  constructor(scope: Construct, config: BenchConfig) {
    super(scope, 'guardrails-stack', config);
    const { project, region } = this.place;
    new Guardrails(this, 'Guardrails', { project, region, ...config.guardrails });
  }
}
