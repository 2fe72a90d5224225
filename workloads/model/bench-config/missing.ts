import { type BenchConfig } from './schema.js';

/**
 * What a deploy asks for and nothing can default: told at plan of a deploy and by `flowbench doctor`, never by
 * refusing the configuration, so that a fresh clone synthesises and a destroy never needs it.
 *
 * @returns one sentence per missing field, in the form of the other problems; empty: nothing is missing
 */
export function missingForDeploy(config: BenchConfig): string[] {
  return [
    ...(config.owner === undefined ? ['owner: is missing; write who answers for what is deployed, such as you@example.org'] : []),
    ...(config.adminCidrs === undefined && config.cluster.attachTo === undefined
      ? ['adminCidrs: is missing; write the addresses that may reach the clusters, such as your own as ["203.0.113.4/32"]'] : []),
  ].map((problem) => `${problem}. "flowbench init" writes it.`);
}
