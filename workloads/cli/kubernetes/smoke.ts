import { newRunId } from '../../campaign/describe-run.js';
import type { ClusterApi, EngineApi } from '../../kubernetes/api/cluster-api.js';
import { customPlaces, removeCustom, untilCustomGone } from '../../kubernetes/engines/custom-remains.js';
import { letWorkersGo } from '../../kubernetes/engines/held-workers.js';
import { readDeployedPhase } from '../../kubernetes/runs/deployed-phase.js';
import type { FollowedEnd } from '../../kubernetes/runs/follow-run.js';
import { measuredEngines } from '../../kubernetes/runs/phase-facts.js';
import { removeRun, untilGone } from '../../kubernetes/runs/remains.js';
import { otherCoordinators } from '../../kubernetes/runs/start-run.js';
import type { EnginePlaces } from '../../model/engine-places.js';
import { runLabelSelector } from '../../model/job-manifest.js';
import { configurationError, FlowbenchError } from '../../model/errors.js';
import { EXIT } from '../exit-codes.js';
import { exitCodeOfEnd, followHere } from './attend-run.js';
import { parseClusterOptions } from './cluster-options.js';
import { argumentsOf, startRun } from './launch.js';
import { evidenceOf, type SmokeEvidence } from './smoke-evidence.js';
import { evidenceSteps, notReached, type SmokeStep, smokeTable, step } from './smoke-table.js';
import { type ClusterFlags, clusterIn, clusterOf } from './target.js';

export interface SmokeFlags extends ClusterFlags {
  readonly dataset?: string;
  readonly query: string;
  readonly timeout: string;
}

/** One query, one shard, once. */
const SMALLEST = { workers: '1', runs: '1', executor: 'job' } as const;
/** How a program of ours begins to say why it ends. */
const COMPLAINT = 'flowbench: ';
const CLEAN_UP_PATIENCE_MS = 100_000;

/**
 * `flowbench smoke --target kubernetes`: the least that shows that everything is there. Exit code 0 when all of it
 * is, 1 when the cluster did something wrong, 2 when the run could not even start.
 */
export async function smoke(flags: SmokeFlags): Promise<void> {
  const startedAtMs = performance.now();
  const api = await clusterOf(flags);
  const phase = await readDeployedPhase(api);
  const reached = step('cluster reached', true, `${phase.facts.cluster}, namespace ${api.namespace}`, '', performance.now() - startedAtMs);
  const raw = { ...SMALLEST, engines: measuredEngines(phase.facts).join(','), queries: flags.query, timeout: flags.timeout, ...(flags.dataset === undefined ? {} : { dataset: flags.dataset }) };
  const { problems } = parseClusterOptions(raw, phase, { smallestRuns: 1 });
  if (problems.length > 0) throw configurationError(problems);
  const runId = `smoke-${newRunId(new Date())}`;
  const jobName = await startRun(api, phase, { runId, images: {}, args: ['--smoke', ...argumentsOf(raw)] });
  const watched = await watch(api, jobName);
  const cleaned = await cleanUp(api, runId, watched.evidence, { places: phase.facts.places, connect: (namespace) => clusterIn(namespace, flags) });
  process.stdout.write(`${smokeTable([reached, watched.coordinator, ...watched.steps, cleaned])}\n`);
  process.exitCode = exitCodeFor(watched, cleaned);
}

interface Watched {
  readonly coordinator: SmokeStep;
  /** What the run itself proves. */
  readonly steps: readonly SmokeStep[];
  readonly evidence: SmokeEvidence | null;
  readonly end: FollowedEnd | FlowbenchError;
}

/** Follows the coordinator; a pod that does not start is a finding, not the end of the command: what was made must go. */
async function watch(api: ClusterApi, jobName: string): Promise<Watched> {
  const startedAtMs = performance.now();
  let firstLineMs: number | null = null;
  let evidence: SmokeEvidence | null = null;
  let complaint: string | null = null;
  const watched = (end: Watched['end']): Watched => {
    const why = end instanceof FlowbenchError ? end.sentence : (complaint ?? endText(end));
    const coordinator = step('coordinator started', firstLineMs !== null, `Job ${jobName}`, why, firstLineMs);
    return { coordinator, steps: coordinator.isProven ? evidenceSteps(evidence, why) : [notReached('query run'), notReached('answer right'), notReached('row groups')], evidence, end };
  };
  try {
    return watched(await followHere(api, jobName, (line) => {
      firstLineMs ??= performance.now() - startedAtMs;
      const found = evidenceOf(line);
      if (found === null) process.stderr.write(`  ${line}\n`);
      else evidence = found;
      if (line.startsWith(COMPLAINT)) complaint = line.slice(COMPLAINT.length);
    }));
  } catch (error) {
    if (!(error instanceof FlowbenchError)) throw error;
    return watched(error);
  }
}

function endText(end: FollowedEnd): string {
  switch (end.kind) {
    case 'complete':
      return 'it ended without a word';
    case 'failed':
      return end.why;
    case 'deleted':
      return 'its Job was deleted';
    case 'detached':
      return 'stopped by Ctrl-C';
  }
}

interface Engines {
  readonly places: EnginePlaces;
  readonly connect: (namespace: string) => Promise<EngineApi>;
}

/** Removes everything, and looks whether it is gone. */
async function cleanUp(api: ClusterApi, runId: string, evidence: SmokeEvidence | null, { places, connect }: Engines): Promise<SmokeStep> {
  const startedAtMs = performance.now();
  try {
    await removeRun(api, runId);
    const selector = runLabelSelector(runId);
    const custom = await customPlaces(places, connect);
    await removeCustom(custom, selector);
    const ours = await untilGone(api, runId, CLEAN_UP_PATIENCE_MS);
    // Its coordinator has let them go, unless it was lost; those of a run that began since are not ours to take.
    if ((await otherCoordinators(api, null)).length === 0) await letWorkersGo(places, connect);
    const left = [...ours, ...(await untilCustomGone(custom, selector)), ...(evidence?.left_in_s3 ?? [])];
    return step('cleaned up', left.length === 0, `nothing of run ${runId} is left`, `still there: ${left.join(', ')}`, performance.now() - startedAtMs);
  } catch (error) {
    if (!(error instanceof FlowbenchError)) throw error;
    return { ...notReached('cleaned up'), found: `${error.sentence} Remove it with "flowbench run --target kubernetes --cleanup".` };
  }
}

/** A coordinator that could not start its run has the code of a wrong configuration. */
function exitCodeFor({ end, evidence, steps }: Watched, cleaned: SmokeStep): number {
  if (end instanceof FlowbenchError) return EXIT.configuration;
  if (end.kind !== 'complete') return exitCodeOfEnd(end);
  return cleaned.isProven && evidence !== null && steps.every(({ isProven }) => isProven) ? EXIT.ok : EXIT.notOk;
}
