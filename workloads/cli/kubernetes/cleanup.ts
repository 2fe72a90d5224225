import type { EngineApi } from '../../kubernetes/api/cluster-api.js';
import { customPlaces, customRemains, removeCustom } from '../../kubernetes/engines/custom-remains.js';
import { letWorkersGo } from '../../kubernetes/engines/held-workers.js';
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
  const connect = (namespace: string): Promise<EngineApi> => clusterIn(namespace, flags);
  const { facts } = await readDeployedPhase(api);
  const places = await customPlaces(facts.places, connect);
  const alive = new Set((await otherCoordinators(api, null)).map(runIdOf));
  const custom = (await customRemains(places)).filter(({ name, run }) => !alive.has(run) && !name.startsWith('pod/'));
  for (const { name, run } of custom) process.stdout.write(`${name}  run ${run}, no coordinator\n`);
  await removeCustom(places, JOB_LABELS.run, (run) => !alive.has(run));
  const held = alive.size === 0 ? await letWorkersGo(facts.places, connect) : [];
  for (const { name, workers } of held) process.stdout.write(`${name}  ${workers} worker${workers === 1 ? '' : 's'}, no coordinator\n`);
  for (const { name, run, why } of leftovers) process.stdout.write(`${name}  run ${run}, ${why}\n`);
  await removeLeftovers(api, leftovers);
  const removed = leftovers.length + custom.length;
  const where = [api.namespace, ...places.map((place) => place.api.namespace)].join(' and ');
  if (removed > 0) process.stdout.write(`${removed} removed from ${where}.\n`);
  else if (held.length === 0) process.stdout.write(`Nothing is left over in namespace ${api.namespace}.\n`);
}
