import type { ClusterApi } from '../../kubernetes/api/cluster-api.js';
import { type CustomPlace, customPlaces, customRemains, removeCustom } from '../../kubernetes/engines/custom-remains.js';
import { untilGone as untilGoneOf } from '../../kubernetes/engines/remove-left.js';
import { jobState } from '../../kubernetes/runs/coordinator-pods.js';
import { readDeployedPhase } from '../../kubernetes/runs/deployed-phase.js';
import { findCoordinator } from '../../kubernetes/runs/find-run.js';
import { remainsOf, removeRun, untilGone } from '../../kubernetes/runs/remains.js';
import { FlowbenchError } from '../../model/errors.js';
import { runLabelSelector } from '../../model/job-manifest.js';
import { openStoredRun } from '../../results/open-run.js';
import { EXIT } from '../exit-codes.js';
import { say } from '../say.js';
import { unknownRun } from './attach.js';
import { runUri, setUpPhaseS3 } from './attend-run.js';
import { type ClusterFlags, clusterArguments, clusterIn, clusterOf } from './target.js';

/** A coordinator may take its grace period to end, its workers theirs after it. */
const PATIENCE_MS = 100_000;
const LOOK_EVERY_MS = 500;

/** `flowbench cancel RUN`: ends a run, waits until nothing of it is left in the cluster, and says what is kept. */
export async function cancel(runId: string, flags: ClusterFlags): Promise<void> {
  const api = await clusterOf(flags);
  const { facts } = await readDeployedPhase(api);
  const job = await findCoordinator(api, runId);
  if (job === null && (await remainsOf(api, runId)).length === 0) throw await unknownRun(runId, api);
  if (job !== null && jobState(job).kind !== 'active') {
    say(`Run ${runId} is over already; "flowbench attach ${runId}${clusterArguments(flags)}" shows it.`);
    return;
  }
  await stop(api, await customPlaces(facts.places, (namespace) => clusterIn(namespace, flags)), runId, job?.metadata?.name);
  setUpPhaseS3(facts);
  say(await keptText(runUri(facts, runId)));
  say(`Go on with it by: flowbench run --target kubernetes --resume ${runId}${clusterArguments(flags)}`);
}

async function stop(api: ClusterApi, places: readonly CustomPlace[], runId: string, jobName: string | undefined): Promise<void> {
  say(`Run ${runId} is told to stop; waiting until its pods are gone.`);
  if (jobName !== undefined) await api.deleteJob(jobName);
  await removeRun(api, runId);
  const selector = runLabelSelector(runId);
  const remains: string[] = await untilGone(api, runId, PATIENCE_MS);
  // After its coordinator, which would take them for lost, and which usually has taken them away itself.
  await removeCustom(places, selector);
  remains.push(...(await untilGoneOf(async () => (await customRemains(places, selector)).map(({ name }) => name), { goneMs: PATIENCE_MS, lookEveryMs: LOOK_EVERY_MS })));
  if (remains.length === 0) {
    say('Nothing of it is left in the cluster.');
    return;
  }
  process.exitCode = EXIT.notOk;
  say(`After ${PATIENCE_MS / 1_000} s there is still: ${remains.join(', ')}.`);
}

async function keptText(uri: string): Promise<string> {
  try {
    const run = await openStoredRun(uri);
    return run === null ? 'It had not measured anything yet.' : `${run.rows.length} measured rows are kept in ${uri}`;
  } catch (error) {
    if (!(error instanceof FlowbenchError)) throw error;
    return `What it measured is kept in ${uri}, which could not be read from here: ${error.sentence}`;
  }
}
