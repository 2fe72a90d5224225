import { join } from 'node:path';
import { runTable } from '../../campaign/terminal-table.js';
import type { ClusterApi } from '../../kubernetes/api/cluster-api.js';
import { type FollowedEnd, followRun } from '../../kubernetes/runs/follow-run.js';
import type { PhaseFacts } from '../../kubernetes/runs/phase-facts.js';
import { FlowbenchError } from '../../model/errors.js';
import { RESULT_PREFIXES } from '../../model/physical-names.js';
import { fetchRun, openStoredRun } from '../../results/open-run.js';
import { cellStatus } from '../../results/summary.js';
import { EXIT } from '../exit-codes.js';
import { setUpS3 } from '../s3.js';
import { say } from '../say.js';
import { type ClusterFlags, clusterArguments } from './target.js';

/** A run in a cluster, as this machine sees it. */
export interface AttendedRun {
  readonly api: ClusterApi;
  readonly facts: PhaseFacts;
  readonly runId: string;
  /** The coordinator's Job. */
  readonly jobName: string;
  /** Folder of this machine in which runs get their own. */
  readonly outDir: string;
  readonly flags: ClusterFlags;
}

/** Where a run is kept. */
export function runUri(facts: PhaseFacts, runId: string): string {
  return `s3://${facts.resultsBucket}/${RESULT_PREFIXES.runs}${runId}`;
}

/** S3 as this machine reaches it, in the region of the phase. */
export function setUpPhaseS3(facts: PhaseFacts): void {
  process.env.AWS_REGION = facts.region;
  setUpS3();
}

/** Follows a run until it ends, brings it home and prints its table. Ctrl-C leaves it at its work. Answers the exit code. */
export async function attendRun(run: AttendedRun): Promise<number> {
  const end = await followHere(run.api, run.jobName);
  const again = clusterArguments(run.flags);
  if (end.kind === 'detached') {
    say(`No longer watching; run ${run.runId} goes on. Watch it with: flowbench attach ${run.runId}${again}\nStop it with: flowbench cancel ${run.runId}${again}`);
    return EXIT.interrupted;
  }
  if (end.kind === 'failed' && end.exitCode !== EXIT.notOk) say(`The coordinator ended without finishing the run (${end.why}); its log above says why.`);
  return bringHome(run, end);
}

/** Follows on this terminal, until Ctrl-C at the latest. */
export async function followHere(api: ClusterApi, jobName: string, onLine: (line: string) => void = say): Promise<FollowedEnd> {
  const detachment = new AbortController();
  const detach = (): void => {
    detachment.abort();
  };
  process.once('SIGINT', detach).once('SIGTERM', detach);
  try {
    return await followRun({ api, jobName, signal: detachment.signal, onLine, onNote: say });
  } finally {
    process.removeListener('SIGINT', detach).removeListener('SIGTERM', detach);
  }
}

/** What the coordinator's end means here: its own code, where it is one that a local run has too. */
export function exitCodeOfEnd(end: FollowedEnd): number {
  if (end.kind === 'complete') return EXIT.ok;
  if (end.kind !== 'failed') return EXIT.interrupted;
  const own: readonly (number | null)[] = [EXIT.notOk, EXIT.configuration, EXIT.defect, EXIT.interrupted];
  return end.exitCode !== null && own.includes(end.exitCode) ? end.exitCode : EXIT.configuration;
}

/** The run as a folder of this machine, and its table; what cannot be brought stays in the bucket and loses nothing. */
async function bringHome(run: AttendedRun, end: FollowedEnd): Promise<number> {
  const uri = runUri(run.facts, run.runId);
  const exitCode = exitCodeOfEnd(end);
  const again = clusterArguments(run.flags);
  try {
    setUpPhaseS3(run.facts);
    if ((await openStoredRun(uri)) === null) {
      say('There are no results: the run ended before its first cell.');
      return exitCode;
    }
    const folder = join(run.outDir, run.runId);
    const { record, rows, sessions } = await fetchRun(uri, folder);
    process.stdout.write(`${runTable(record, rows, new Date(), sessions)}\n`);
    say(`Results are in ${folder}, and stay in ${uri}`);
    if (end.kind === 'deleted') say(`There is no coordinator of this run in the cluster. If it was stopped before its end, go on with: flowbench run --target kubernetes --resume ${run.runId}${again}`);
    return end.kind !== 'failed' && exitCode === EXIT.ok && cellStatus(rows) !== 'ok' ? EXIT.notOk : exitCode;
  } catch (error) {
    if (!(error instanceof FlowbenchError)) throw error;
    say(`The results stay in ${uri}; they could not be brought here: ${error.sentence}\nTry again with: flowbench attach ${run.runId}${again}`);
    return exitCode === EXIT.ok ? EXIT.configuration : exitCode;
  }
}
