import { DEFAULTS } from '../../campaign/parse-options.js';
import type { ClusterApi } from '../../kubernetes/api/cluster-api.js';
import { readDeployedPhase } from '../../kubernetes/runs/deployed-phase.js';
import { findCoordinator, knownRuns } from '../../kubernetes/runs/find-run.js';
import { coordinatorJobName } from '../../kubernetes/runs/start-run.js';
import { FlowbenchError } from '../../model/errors.js';
import { openStoredRun } from '../../results/open-run.js';
import { attendRun, runUri, setUpPhaseS3 } from './attend-run.js';
import { type ClusterFlags, clusterOf } from './target.js';

/** `flowbench attach RUN`: follows a run that was started before, or brings home one that has ended. */
export async function attach(runId: string, flags: ClusterFlags & { readonly out?: string }): Promise<void> {
  const api = await clusterOf(flags);
  const { facts } = await readDeployedPhase(api);
  const job = await findCoordinator(api, runId);
  if (job === null) {
    setUpPhaseS3(facts);
    if ((await openStoredRun(runUri(facts, runId))) === null) throw await unknownRun(runId, api);
  }
  process.exitCode = await attendRun({ api, facts, runId, jobName: job?.metadata?.name ?? coordinatorJobName(runId), outDir: flags.out ?? DEFAULTS.out, flags });
}

/** Names what there is, as the id of a run is easily mistyped. */
export async function unknownRun(runId: string, api: ClusterApi): Promise<FlowbenchError> {
  const runs = await knownRuns(api);
  return new FlowbenchError('configuration', `There is no run ${runId} in namespace ${api.namespace}.`, {
    remedy: runs.length === 0 ? 'None is known there.' : `Known there: ${runs.join(', ')}.`,
  });
}
