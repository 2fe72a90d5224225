import type { UnitFailure } from '../../coordinator/executor.js';
import { WORKER_EXIT } from '../../model/worker-metrics.js';
import type { ClusterPod } from '../api/objects.js';

/** How far a pod has come; each includes those before it. */
export const POD_STAGES = ['created', 'scheduled', 'pulled', 'started', 'ended'] as const;
export type PodStage = (typeof POD_STAGES)[number];

/** How a pod ended. */
export type PodEnd =
  | { readonly kind: 'succeeded' }
  | {
    readonly kind: 'failed';
    readonly failure: UnitFailure;
    /** The node's or the cluster's doing, not the worker's: counts against no limit of the Job. */
    readonly isDisruption: boolean;
    /** Another pod of the index may do better; for a worker's own exit code its report has a word in it too. */
    readonly mayRetry: boolean;
    /** The worker ended by itself, so that it may have left a report. */
    readonly hasReport: boolean;
  };

/** What keeps a pod from going on, and for how long that is let pass. */
export interface PodTrouble {
  readonly failure: UnitFailure;
  readonly patience: 'none' | 'short' | 'long';
}

export interface PodVerdict {
  readonly stage: PodStage;
  /** Null while it has not ended. */
  readonly end: PodEnd | null;
  readonly trouble: PodTrouble | null;
}

/** What a worker's pod says of itself. Nothing of it is taken from the pod's clock. */
export function podVerdict(pod: ClusterPod): PodVerdict {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded') return { stage: 'ended', end: { kind: 'succeeded' }, trouble: null };
  if (phase === 'Failed') return { stage: 'ended', end: endOf(pod), trouble: null };
  return { stage: stageOf(pod), end: null, trouble: troubleOf(pod) };
}

function stageOf(pod: ClusterPod): PodStage {
  const container = pod.status?.containerStatuses?.[0];
  if (container?.state?.running !== undefined || container?.state?.terminated !== undefined) return 'started';
  if (container !== undefined && container.imageID !== '') return 'pulled';
  return isScheduled(pod) ? 'scheduled' : 'created';
}

function isScheduled(pod: ClusterPod): boolean {
  return (pod.spec?.nodeName ?? '') !== '';
}

const OOM = 'OOMKilled';
const SIGNALS: Readonly<Record<number, string>> = { 130: 'SIGINT', 134: 'SIGABRT', 135: 'SIGBUS', 136: 'SIGFPE', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' };
/** Reasons of a container whose program could not be started at all. */
const NOT_STARTED: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError']);

function endOf(pod: ClusterPod): PodEnd {
  const name = describePod(pod);
  const { reason = '', message = '' } = pod.status ?? {};
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  const exitCode = terminated?.exitCode ?? null;
  if (terminated?.reason === OOM) return final('out_of_memory', `${name} was killed by the kernel for passing its memory limit.`, exitCode);
  const pressure = pressureOf(reason, message);
  if (pressure !== null) return final(pressure, `${name} was evicted: ${sentence(message)}`, exitCode);
  if (reason === 'DeadlineExceeded') return final('timeout', `${name} had not ended at the Job's deadline and was stopped.`, exitCode);
  const disruption = pod.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  if (disruption !== undefined) return disrupted(`${name} was taken away (${disruption.reason ?? 'disruption'}): ${sentence(disruption.message ?? message)}`, exitCode);
  if (terminated === undefined || exitCode === null) return lost('infrastructure', `${name} was refused by its node (${reason || 'no reason given'}): ${sentence(message)}`, null);
  if (NOT_STARTED.has(terminated.reason ?? '')) return final('infrastructure', `${name} could not be started: ${sentence(terminated.message ?? terminated.reason ?? '')}`, exitCode);
  return exitOf(name, exitCode, terminated.signal);
}

function exitOf(name: string, exitCode: number, signalNumber: number | undefined): PodEnd {
  if (exitCode > 128 || signalNumber !== undefined) {
    const signal = SIGNALS[signalNumber === undefined ? exitCode : 128 + signalNumber] ?? `signal ${signalNumber ?? exitCode - 128}`;
    return lost('worker_lost', `${name} was lost: it ended by ${signal}.`, exitCode, signal);
  }
  const failure: UnitFailure = { kind: kindOf(exitCode), message: `${name} ended with exit code ${exitCode}.`, exitCode, signal: null };
  const mayRetry = exitCode !== WORKER_EXIT.badInput && exitCode !== WORKER_EXIT.queryFailed;
  return { kind: 'failed', failure, isDisruption: false, mayRetry, hasReport: true };
}

function kindOf(exitCode: number): UnitFailure['kind'] {
  if (exitCode === WORKER_EXIT.badInput) return 'bad_input';
  if (exitCode === WORKER_EXIT.queryFailed) return 'query_failed';
  return exitCode === WORKER_EXIT.storage ? 'storage' : 'worker_lost';
}

/**
 * A node under pressure evicts as a node that is drained does, with the same condition; only its words tell that
 * it would happen again.
 */
function pressureOf(reason: string, message: string): 'out_of_memory' | 'out_of_disk' | null {
  if (reason !== 'Evicted') return null;
  if (/low on resource: memory|memory pressure|MemoryPressure/i.test(message)) return 'out_of_memory';
  return /ephemeral|emptydir|disk|inodes|nodefs|imagefs|storage/i.test(message) ? 'out_of_disk' : null;
}

function final(kind: UnitFailure['kind'], message: string, exitCode: number | null): PodEnd {
  return { kind: 'failed', failure: { kind, message, exitCode, signal: null }, isDisruption: false, mayRetry: false, hasReport: false };
}

function lost(kind: UnitFailure['kind'], message: string, exitCode: number | null, signal: string | null = null): PodEnd {
  return { kind: 'failed', failure: { kind, message, exitCode, signal }, isDisruption: false, mayRetry: true, hasReport: false };
}

function disrupted(message: string, exitCode: number | null): PodEnd {
  return { kind: 'failed', failure: { kind: 'worker_lost', message, exitCode, signal: null }, isDisruption: true, mayRetry: true, hasReport: false };
}

/** A pod that was deleted before it ended, by whom nobody knows. */
export function goneVerdict(name: string): PodVerdict {
  return { stage: 'ended', end: lost('worker_lost', `Pod ${name} was deleted before it had ended.`, null), trouble: null };
}

/** Waiting that will not end by itself, or hardly. */
const HOPELESS: ReadonlySet<string> = new Set(['InvalidImageName', 'ErrImageNeverPull']);
const PULLING: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable']);
const CREATING: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'CreateContainerError']);
/** A registry that answered that there is no such image, or not for us. */
const NO_SUCH_IMAGE = /not found|manifest unknown|does not exist|name unknown|unauthori[sz]ed|denied|forbidden|invalid reference/i;

function troubleOf(pod: ClusterPod): PodTrouble | null {
  const name = describePod(pod);
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return trouble('long', `${name} finds no node: ${sentence(scheduled.message ?? scheduled.reason ?? '')}`);
  if (pod.metadata?.deletionTimestamp !== undefined && !isOnSilentNode(pod)) return trouble('long', `${name} is being deleted and does not end: its node may be lost.`, 'worker_lost');
  const container = pod.status?.containerStatuses?.[0];
  const { reason = '', message = '' } = container?.state?.waiting ?? {};
  if (HOPELESS.has(reason)) return trouble('none', `${name} has no image (${reason}): ${sentence(message)}`);
  if (PULLING.has(reason)) return trouble(NO_SUCH_IMAGE.test(message) ? 'none' : 'short', `The image of ${lowerFirst(name)} cannot be pulled (${reason}): ${sentence(message)}`);
  if (CREATING.has(reason)) return trouble('short', `${name} cannot be made (${reason}): ${sentence(message)}`);
  return isOnSilentNode(pod) ? trouble('long', `${name} is on a node that is not heard of any more.`, 'worker_lost') : null;
}

/** A node tells of a pod and its container as one; only whoever misses the node calls the pod alone unready. */
export function isOnSilentNode(pod: ClusterPod): boolean {
  const container = pod.status?.containerStatuses?.[0];
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return container?.state?.running !== undefined && container.started === true && container.ready && ready?.status === 'False';
}

function trouble(patience: PodTrouble['patience'], message: string, kind: UnitFailure['kind'] = 'infrastructure'): PodTrouble {
  return { patience, failure: { kind, message, exitCode: null, signal: null } };
}

function describePod(pod: ClusterPod): string {
  const node = pod.spec?.nodeName;
  return `Pod ${pod.metadata?.name ?? ''}${node === undefined || node === '' ? '' : ` on node ${node}`}`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'no reason given.';
  return trimmed.endsWith('.') ? trimmed : `${trimmed}.`;
}
