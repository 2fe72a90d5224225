import { findLeftovers, removeLeftovers } from '../../kubernetes/runs/leftovers.js';
import { type ClusterFlags, clusterOf } from './target.js';

/** `flowbench run --target kubernetes --cleanup`: removes what runs left that nobody coordinates any more. */
export async function cleanUp(flags: ClusterFlags): Promise<void> {
  const api = await clusterOf(flags);
  const leftovers = await findLeftovers(api);
  for (const { name, run, why } of leftovers) process.stdout.write(`${name}  run ${run}, ${why}\n`);
  await removeLeftovers(api, leftovers);
  process.stdout.write(leftovers.length === 0 ? `Nothing is left over in namespace ${api.namespace}.\n` : `${leftovers.length} removed from namespace ${api.namespace}.\n`);
}
