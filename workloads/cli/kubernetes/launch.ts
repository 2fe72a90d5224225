import { newRunId } from '../../campaign/describe-run.js';
import { DEFAULTS, type RawOptions } from '../../campaign/parse-options.js';
import { flagOf } from '../../campaign/read-options.js';
import type { ClusterApi } from '../../kubernetes/api/cluster-api.js';
import { type DeployedPhase, readDeployedPhase } from '../../kubernetes/runs/deployed-phase.js';
import { runIdOf, runIdProblem } from '../../kubernetes/runs/run-id.js';
import { otherCoordinators, startCoordinator } from '../../kubernetes/runs/start-run.js';
import { configurationError, FlowbenchError } from '../../model/errors.js';
import { attendRun } from './attend-run.js';
import { parseClusterOptions } from './cluster-options.js';
import { type ImageChoice, parseImages } from './own-images.js';
import { type ClusterFlags, clusterArguments, clusterOf } from './target.js';

export interface LaunchFlags extends ClusterFlags {
  readonly detach?: boolean;
  readonly image?: readonly string[];
  /** Id of a run to go on with. */
  readonly resume?: string;
}

/** `flowbench run --target kubernetes` on a machine outside: starts the coordinator, follows it, brings the results home. */
export async function launchRun(raw: RawOptions, flags: LaunchFlags): Promise<void> {
  const { out, ...campaign } = raw;
  const images = parseImages(flags.image ?? []);
  const runId = flags.resume === undefined ? newRunId(new Date()) : resumedId(flags.resume);
  const api = await clusterOf(flags);
  const phase = await readDeployedPhase(api);
  checkOptions(campaign, phase, flags.resume !== undefined);
  const jobName = await startRun(api, phase, { runId, images, args: argumentsOf(campaign) });
  const again = clusterArguments(flags);
  process.stderr.write(`Run ${runId} is started in namespace ${api.namespace} of cluster ${phase.facts.cluster} (Job ${jobName}).\n`);
  if (flags.detach === true) {
    process.stdout.write(`${runId}\n`);
    process.stderr.write(`Watch it with: flowbench attach ${runId}${again}\nStop it with:  flowbench cancel ${runId}${again}\n`);
    return;
  }
  process.exitCode = await startedOrGone(api, jobName, () => attendRun({ api, facts: phase.facts, runId, jobName, outDir: out ?? DEFAULTS.out, flags }));
}

export interface RunToStart {
  readonly runId: string;
  readonly images: ImageChoice;
  /** Further arguments of the coordinator. */
  readonly args: readonly string[];
}

/** Makes the coordinator's Job and answers its name. Throws `configuration` while another run is measured there. */
export async function startRun(api: ClusterApi, phase: DeployedPhase, { runId, images, args }: RunToStart): Promise<string> {
  const [other] = await otherCoordinators(api, runId);
  if (other !== undefined) {
    const otherId = runIdOf(other);
    throw new FlowbenchError('configuration', `Run ${otherId} is being measured in namespace ${api.namespace}: two runs at once would measure each other.`, {
      remedy: `Wait for it ("flowbench attach ${otherId}"), or stop it with "flowbench cancel ${otherId}".`,
    });
  }
  const { coordinator, ...workers } = images;
  const job = await startCoordinator(api, phase.cronJob, {
    runId,
    args: ['run', '--target', 'kubernetes', '--run-id', runId, ...args, ...Object.entries(workers).flatMap(([name, reference]) => ['--image', `${name}=${reference}`])],
    ...(coordinator === undefined ? {} : { image: coordinator }),
  });
  return job.metadata?.name ?? '';
}

/** A coordinator whose pod does not start is taken away again: else it would start at some later time, unwatched. */
export async function startedOrGone<T>(api: ClusterApi, jobName: string, attend: () => Promise<T>): Promise<T> {
  try {
    return await attend();
  } catch (error) {
    if (!(error instanceof FlowbenchError) || error.code !== 'infrastructure' || error.retryable) throw error;
    await api.deleteJob(jobName);
    throw new FlowbenchError(error.code, `${error.message} Its Job ${jobName} was deleted.`, { remedy: error.remedy ?? 'Mend it and start the run again.', cause: error });
  }
}

/** Told here, before anything is made in the cluster; the coordinator would say the same. */
function checkOptions(raw: RawOptions, phase: DeployedPhase, isResumed: boolean): void {
  const { problems } = parseClusterOptions(raw, phase);
  // A run that is gone on with has its own dataset, wherever the default has gone.
  const all = isResumed ? problems.filter((problem) => !problem.startsWith('No dataset')) : problems;
  if (all.length > 0) throw configurationError(all);
}

/** `s3://…/runs/<id>`, `runs/<id>` and the id alone name the same run. */
function resumedId(run: string): string {
  const id = run.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const problem = runIdProblem(id);
  if (problem !== null) throw configurationError([problem]);
  return id;
}

/** The options as they were given, for the coordinator to read again. */
export function argumentsOf(raw: RawOptions): string[] {
  return Object.entries(raw).flatMap(([option, value]) => (typeof value === 'string' ? [flagOf(option), value] : []));
}
