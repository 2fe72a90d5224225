import { type Construct } from 'constructs';
import { configurationError } from '../workloads/model/errors.js';

/**
 * Throws every problem of a construct's props at once, each with the construct's path.
 *
 * @param problems one sentence each: the prop, its value, and what would be right; empty: nothing happens
 */
export function refuse(scope: Construct, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw configurationError(problems.map((problem) => `${scope.node.path}: ${problem}`));
}
