import { STACKS, type StackName } from '../../workloads/model/physical-names.js';
import { type StackJson } from '../infrastructure/graph.js';
import { configWith, synthesised } from './stacks-of.js';

/** A configuration in which every stack makes all it can: BigQuery, cost anomalies, two kinds of data, a deleting janitor. */
export const EVERYTHING = configWith({
  datasets: [{ scaleFactor: 10 }, { scaleFactor: 1, numeric: 'double' }],
  results: { bigQuery: { projectId: 'bench-results', projectNumber: '123456789012' } },
  guardrails: { costAnomaly: true, janitorMode: 'enforce', alertEmails: ['you@example.org'] },
  cluster: { secretsKey: 'customer' },
});

const made = new Map<StackName, StackJson>();

/** A stack of {@link EVERYTHING}; made once, so it must not be changed. */
export function everythingOf(name: StackName): StackJson {
  const known = made.get(name) ?? synthesised(name, EVERYTHING).json;
  made.set(name, known);
  return known;
}

export const EVERY_STACK: readonly StackName[] = STACKS;
