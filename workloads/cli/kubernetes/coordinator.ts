import { openResumed } from '../../campaign/resume.js';
import type { RawOptions } from '../../campaign/parse-options.js';
import { TextProgress } from '../../campaign/progress.js';
import { runCampaign, type CampaignRequest, type CampaignResult } from '../../campaign/run-campaign.js';
import type { ClusterApi } from '../../kubernetes/api/cluster-api.js';
import type { ClusterJob } from '../../kubernetes/api/objects.js';
import { connectCluster } from '../../kubernetes/api/connect.js';
import { holdLease, type HeldLease } from '../../kubernetes/lease/hold-lease.js';
import { leaseName } from '../../kubernetes/lease/run-lease.js';
import { templateOf } from '../../kubernetes/runs/deployed-phase.js';
import { measuredEngines, type PhaseFacts, phaseFacts } from '../../kubernetes/runs/phase-facts.js';
import { runIdOfJob } from '../../kubernetes/runs/run-id.js';
import { earlierRun } from '../../kubernetes/runs/start-run.js';
import { FlowbenchError } from '../../model/errors.js';
import { JOB_PATHS } from '../../model/job-manifest-names.js';
import { RESULT_PREFIXES } from '../../model/physical-names.js';
import { joinUri } from '../../model/storage-uri.js';
import { openStoredRun } from '../../results/open-run.js';
import { cellStatus } from '../../results/summary.js';
import { EXIT } from '../exit-codes.js';
import { setUpS3 } from '../s3.js';
import { say } from '../say.js';
import { stopOnSignals } from '../stop-on-signals.js';
import { flowbenchVersion, packageRoot } from '../version.js';
import { type ClusterPlace, namedDataset, parseClusterOptions } from './cluster-options.js';
import { clusterRunners } from './cluster-runners.js';
import { ENDED_BY_CLUSTER, exitCodeOfCoordinator } from './coordinator-exit.js';
import type { Guard } from './guarded-executor.js';
import { type ImageChoice, imageDigests } from './own-images.js';
import { podFacts, type PodFacts } from './pod-facts.js';
import { takeEvidence } from './smoke-evidence.js';

export interface CoordinatorRequest {
  readonly raw: RawOptions;
  /** Absent for a run that the schedule started. */
  readonly runId?: string | undefined;
  readonly images: ImageChoice;
  /** One repetition is enough; its evidence goes into the log, and nothing of it stays. */
  readonly isSmoke: boolean;
}

/**
 * Is the coordinator of a run, in the pod of its Job: takes the run's lease, goes on with what the bucket has of
 * the run or starts it, and measures. Sets the exit code, which tells the Job whether another pod should go on.
 */
export async function coordinate(request: CoordinatorRequest): Promise<void> {
  const stop = new AbortController();
  // Kubernetes says SIGTERM to a pod that is to end; the run is then left so that it can be gone on with.
  const removeHandlers = stopOnSignals(stop, 'Stopping; the running query is ended and not recorded, and what was made for it is deleted.');
  try {
    process.exitCode = await coordinateUntil(stop, request);
  } catch (error) {
    process.exitCode = exitCodeOfCoordinator(error, stop.signal);
    tellEnd(error, stop.signal);
  } finally {
    removeHandlers();
  }
}

async function coordinateUntil(stop: AbortController, request: CoordinatorRequest): Promise<number> {
  setUpS3();
  const pod = podFacts(process.env);
  const facts = phaseFacts(process.env);
  const runId = request.runId ?? runIdOfJob(pod.jobName, pod.holder.jobUid);
  say(`Coordinator of run ${runId} in pod ${pod.holder.pod}, cluster ${facts.cluster}.`);
  const api = await connectCluster({ kind: 'in-cluster', namespace: pod.namespace });
  const lease = await holdLease({ api, runId, holder: pod.holder, owner: pod.owner, signal: stop.signal, log: say });
  const onLost = (): void => {
    stop.abort(lease.lost.reason);
  };
  lease.lost.addEventListener('abort', onLost);
  try {
    const ownJob = await api.getJob(pod.jobName);
    await refuseBeside(api, ownJob, pod.namespace);
    const place = { facts, template: await templateOf(api, facts) };
    const campaign = await campaignRequest(request, runId, place);
    const result = await measure({ api, pod, ownJob, place, request, lease, runId, stop }, campaign);
    if (request.isSmoke && result.ended === 'complete') say(await takeEvidence(result.uri, partialsUri(facts, runId)));
    return endOf(result, stop.signal);
  } finally {
    lease.lost.removeEventListener('abort', onLost);
    await lease.release();
  }
}

/** The machine outside asks before it starts a run; the schedule does not, and two may start together. */
async function refuseBeside(api: ClusterApi, ownJob: ClusterJob | null, namespace: string): Promise<void> {
  const other = ownJob === null ? null : await earlierRun(api, ownJob);
  if (other === null) return;
  throw new FlowbenchError('configuration', `Run ${other} is being measured in namespace ${namespace}: two runs at once would measure each other.`, {
    remedy: 'Start this one again when that has ended.',
  });
}

/** What is in the bucket of the run decides whether it starts or goes on. */
async function campaignRequest({ raw, isSmoke }: CoordinatorRequest, runId: string, place: ClusterPlace): Promise<CampaignRequest> {
  const settings = { target: 'kubernetes', engines: measuredEngines(place.facts), ...(isSmoke ? { smallestRuns: 1 } : {}) } as const;
  const parsed = parseClusterOptions(raw, place, settings);
  const uri = joinUri(parsed.options.outDir, runId);
  if ((await openStoredRun(uri)) === null) return { kind: 'new', ...parsed, runId };
  say(`The run was started before; it goes on.`);
  return { kind: 'resume', run: await openResumed(uri, namedDataset(raw, place.facts).raw, parsed.options.outDir, 1, settings) };
}

function partialsUri(facts: PhaseFacts, runId: string): string {
  return `s3://${facts.resultsBucket}/${RESULT_PREFIXES.partials}${runId}`;
}

interface Measuring {
  readonly api: ClusterApi;
  readonly pod: PodFacts;
  readonly ownJob: ClusterJob | null;
  readonly place: ClusterPlace;
  readonly request: CoordinatorRequest;
  readonly lease: HeldLease;
  readonly runId: string;
  readonly stop: AbortController;
}

async function measure({ api, pod, ownJob, place, request, lease, runId, stop }: Measuring, campaign: CampaignRequest): Promise<CampaignResult> {
  const { facts } = place;
  const runnerOf = await clusterRunners({ api, pod, ownJob, place, images: request.images, guard: guardOf(api, stop, lease, runId), log: say });
  return runCampaign(campaign, {
    flowbenchVersion: flowbenchVersion(),
    codeRoot: packageRoot(),
    signal: stop.signal,
    progress: new TextProgress(process.stderr),
    log: say,
    runnerOf,
    onStart: (uri) => {
      say(`Results go to ${uri}`);
    },
    place: { nodeShape: facts.nodeType, clusterId: facts.cluster, imageDigests: imageDigests(place, ownJob, request.images) },
    sessionPlaces: (runId, sessionId, scratchDir) => ({
      scratchDir,
      partialsUri: joinUri(partialsUri(facts, runId), sessionId),
      workerSpillDir: JOB_PATHS.spill,
    }),
    lock: 'held',
  });
}

/** How long the controllers of a cluster may need to find back after its API was away: they ask ever more seldom. */
const SETTLING_MS = 120_000;

/** One call, which tries for as long as every call does, tells an API that is gone from one that said no. */
function guardOf(api: ClusterApi, stop: AbortController, lease: HeldLease, runId: string): Guard {
  return {
    signal: stop.signal,
    isClusterGone: async () => {
      try {
        await api.getLease(leaseName(runId));
        if (lease.sinceTroubleMs() > SETTLING_MS) return false;
        throw new FlowbenchError('infrastructure', "The cluster's API was away a moment ago, so that what failed since says nothing.", { retryable: true });
      } catch (error) {
        if (!(error instanceof FlowbenchError && error.code === 'infrastructure' && error.retryable)) return false;
        stop.abort(error);
        return true;
      }
    },
  };
}

function endOf(result: CampaignResult, signal: AbortSignal): number {
  const kept = `${result.rows.length} rows in ${result.uri}`;
  if (result.ended === 'interrupted') {
    const code = exitCodeOfCoordinator(signal.reason, signal);
    say(code === ENDED_BY_CLUSTER ? `Stopped: ${signal.reason instanceof FlowbenchError ? signal.reason.sentence : 'the cluster is gone'} ${kept}; the next pod goes on.` : `Stopped on request; ${kept}.`);
    return code;
  }
  const isOk = cellStatus(result.rows) === 'ok';
  say(`Run ${result.record.run_id} is complete${isOk ? '' : ', some cells are not ok'}: ${kept}.`);
  return isOk ? EXIT.ok : EXIT.notOk;
}

function tellEnd(error: unknown, signal: AbortSignal): void {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (reason instanceof FlowbenchError) say(`flowbench: ${reason.sentence}`);
  else if (signal.aborted) say('Stopped on request.');
  else say(`flowbench: this is a defect of flowbench, please report it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
