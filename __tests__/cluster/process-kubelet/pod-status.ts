import { type ContainerState, type ContainerStatus, type Pod, type PodStatus } from '../harness/kube-types.js';

const LOOPBACK = '127.0.0.1';

/** How far a pod of one container came. */
export type PodStep =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: string }
  | { readonly kind: 'ended'; readonly startedAt: string | null; readonly end: ContainerEnd; readonly eviction?: string };

export interface ContainerEnd {
  readonly exitCode: number;
  readonly reason: 'Completed' | 'Error' | 'OOMKilled' | 'StartError' | 'ContainerStatusUnknown';
  readonly message?: string;
}

/** The status that a kubelet reports of a step, as a patch: conditions of others stay. */
export function statusOf(pod: Pod, step: PodStep, acceptedAt: string, now: string): PodStatus {
  const isRunning = step.kind === 'running';
  return {
    phase: phaseOf(step),
    hostIP: LOOPBACK,
    podIP: LOOPBACK,
    podIPs: [{ ip: LOOPBACK }],
    startTime: acceptedAt,
    conditions: [
      condition('Initialized', true, now), condition('Ready', isRunning, now), condition('ContainersReady', isRunning, now),
      ...(step.kind === 'ended' && step.eviction !== undefined
        ? [{ ...condition('DisruptionTarget', true, now), reason: 'TerminationByKubelet', message: step.eviction }]
        : []),
    ],
    containerStatuses: [containerStatus(pod, step, now)],
    ...(step.kind === 'ended' && step.eviction !== undefined ? { reason: 'Evicted', message: step.eviction } : {}),
  };
}

function phaseOf(step: PodStep): string {
  if (step.kind === 'waiting') return 'Pending';
  if (step.kind === 'running') return 'Running';
  return step.end.exitCode === 0 && step.eviction === undefined ? 'Succeeded' : 'Failed';
}

function condition(type: string, isTrue: boolean, now: string): { type: string; status: string; lastTransitionTime: string } {
  return { type, status: isTrue ? 'True' : 'False', lastTransitionTime: now };
}

function containerStatus(pod: Pod, step: PodStep, now: string): ContainerStatus {
  const container = pod.spec?.containers[0];
  const isRunning = step.kind === 'running';
  return { name: container?.name ?? '', image: container?.image ?? '', imageID: step.kind === 'waiting' ? '' : container?.image ?? '', ready: isRunning, started: isRunning, restartCount: 0, state: stateOf(step, now) };
}

function stateOf(step: PodStep, now: string): ContainerState {
  if (step.kind === 'waiting') return { waiting: { reason: step.reason, ...(step.message === undefined ? {} : { message: step.message }) } };
  if (step.kind === 'running') return { running: { startedAt: step.startedAt } };
  return { terminated: { ...step.end, startedAt: (step.startedAt ?? now), finishedAt: now } };
}
