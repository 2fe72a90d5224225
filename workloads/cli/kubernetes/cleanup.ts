import { customPlaces, customRemains, removeCustom } from '../../kubernetes/engines/custom-remains.js';
import { readDeployedPhase } from '../../kubernetes/runs/deployed-phase.js';
import { findLeftovers, removeLeftovers } from '../../kubernetes/runs/leftovers.js';
import { runIdOf } from '../../kubernetes/runs/run-id.js';
import { otherCoordinators } from '../../kubernetes/runs/start-run.js';
import { JOB_LABELS } from '../../model/job-manifest-names.js';
import { type ClusterFlags, clusterIn, clusterOf } from './target.js';

/** `flowbench run --target kubernetes --cleanup`: removes what runs left that nobody coordinates any more. */
export async function cleanUp(flags: ClusterFlags): Promise<void> {
  const api = await clusterOf(flags);
  const leftovers = await findLeftovers(api);
  const places = await customPlaces((await readDeployedPhase(api)).facts.places, (namespace) => clusterIn(namespace, flags));
  const alive = new Set((await otherCoordinators(api, null)).map(runIdOf));
  const custom = (await customRemains(places)).filter(({ name, run }) => !alive.has(run) && !name.startsWith('pod/'));
  for (const { name, run } of custom) process.stdout.write(`${name}  run ${run}, no coordinator\n`);
  await removeCustom(places, JOB_LABELS.run, (run) => !alive.has(run));
  for (const { name, run, why } of leftovers) process.stdout.write(`${name}  run ${run}, ${why}\n`);
  await removeLeftovers(api, leftovers);
  process.stdout.write(leftovers.length + custom.length === 0 ? `Nothing is left over in namespace ${api.namespace}.\n` : `${leftovers.length + custom.length} removed from ${[api.namespace, ...places.map((place) => place.api.namespace)].join(' and ')}.\n`);
}
