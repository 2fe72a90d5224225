import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeHttp } from '../harness/kube-http.js';
import { type Container, type Pod } from '../harness/kube-types.js';
import { environmentOf, expand } from './environment.js';
import { type PodFault, type Faults } from './faults.js';
import { BASE_PATH, type ImageMap, type ProcessImage } from './images.js';
import { PodLog } from './pod-log.js';
import { PodProcess, type Running, SimulatedProcess } from './pod-process.js';
import { type ContainerEnd, type PodStep, statusOf } from './pod-status.js';
import { type Mount, NODE_MOUNTS, sandboxed } from './sandbox.js';
import { makeVolumes } from './volumes.js';

/** First wait before what a pod needs is looked for again, doubled up to the longest. */
const RETRY_MS = 200;
const LONGEST_RETRY_MS = 2_000;
/** An image that is not there will not be there later: such a pod waits for its end. */
const UNTIL_ENDED_MS = 2 ** 31 - 1;

/** What a pod gets from its node. */
export interface PodHost {
  readonly api: KubeHttp;
  readonly images: ImageMap;
  readonly faults: Faults;
  /** What the control plane and admission webhooks would put into its environment. */
  environmentOf(pod: Pod): Readonly<Record<string, string>>;
  /** Text of its /etc/hosts. */
  hostsOf(): Promise<string>;
  /** By how much the node's clock is wrong. */
  clockSkewMs(node: string): number;
  /** Reports a status until the API server took it; a node that is cut off reports nothing. */
  report(pod: Pod, status: object): Promise<void>;
  tell(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** One pod as a process, from its volumes to its end. */
export class PodRun {
  readonly log = new PodLog();
  private readonly acceptedAt: string;
  private readonly container: Container;
  private process: Running | null = null;
  private step: PodStep = { kind: 'waiting', reason: 'ContainerCreating' };
  /** Reports go out one after the other. */
  private reports: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();
  private overridden: { readonly end: ContainerEnd; readonly eviction?: string } | null = null;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly over: Promise<void>;

  constructor(readonly pod: Pod, private readonly host: PodHost, private readonly folder: string) {
    const [container, ...others] = pod.spec?.containers ?? [];
    if (container === undefined || others.length > 0 || pod.spec?.initContainers !== undefined || pod.spec?.restartPolicy !== 'Never') {
      throw new Error(`${pod.metadata?.name ?? ''}: this kubelet runs pods of one container that is never restarted`);
    }
    this.container = container;
    this.acceptedAt = this.now();
    this.over = this.run();
  }

  private get hostsFile(): string {
    return join(this.folder, 'hosts');
  }

  get node(): string {
    return this.pod.spec?.nodeName ?? '';
  }

  /** SIGTERM, and SIGKILL after the grace; resolves when its end is reported. */
  async stop(graceSeconds: number): Promise<void> {
    this.stopping.abort();
    if (this.step.kind !== 'ended') {
      this.process?.signal('SIGTERM');
      this.later(graceSeconds * 1_000, () => this.process?.signal('SIGKILL'));
    }
    await this.over;
    await this.reports;
  }

  suffer(fault: PodFault): void {
    if (fault.kind === 'out-of-memory') this.overridden = { end: { exitCode: 137, reason: 'OOMKilled' } };
    if (fault.kind === 'evicted') this.overridden = { end: { exitCode: 137, reason: 'Error' }, eviction: fault.message };
    if (fault.kind === 'evicted') this.host.tell(this.pod, 'Warning', 'Evicted', fault.message);
    this.process?.signal(fault.kind === 'signal' ? fault.signal : 'SIGKILL');
  }

  /** Says again what was last reported, for a node that was cut off. */
  reportAgain(): void {
    this.report(this.step);
  }

  /** Names that came after its start: its /etc/hosts is the same file, written on. */
  learnHosts(lines: string): void {
    if (existsSync(this.hostsFile)) appendFileSync(this.hostsFile, lines);
  }

  /** As its machine loses power: the process is gone, and nobody says so. */
  lose(): void {
    this.stopping.abort();
    this.process?.signal('SIGKILL');
  }

  private async run(): Promise<void> {
    try {
      this.report(this.step);
      const volumes = await this.patiently('FailedMount', () => this.volumes());
      const image = volumes === null ? null : await this.pull();
      if (volumes === null || image === null) return;
      const started = await this.patiently('Failed', () => this.begin(image, volumes));
      if (started === null) return;
      this.process = started;
      this.finish(await this.supervise(started));
    } finally {
      if (this.step.kind !== 'ended') this.finish({ exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The pod was ended before its container was started.' });
      this.log.end();
      for (const timer of this.timers) clearTimeout(timer);
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /** Tries until it works, and says why it does not; null when the pod is to end. */
  private async patiently<T>(reason: string, work: () => Promise<T>): Promise<T | null> {
    for (let waitMs = RETRY_MS; !this.isStopping(); waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      try {
        const result = await work();
        return this.isStopping() ? null : result;
      } catch (error) {
        this.host.tell(this.pod, 'Warning', reason, error instanceof Error ? error.message : String(error));
        await this.pause(waitMs);
      }
    }
    return null;
  }

  private async pull(): Promise<ProcessImage | null> {
    const name = this.container.image ?? '';
    const image = this.host.images.get(name);
    if (image !== undefined) {
      this.host.tell(this.pod, 'Normal', 'Pulling', `Pulling image "${name}"`);
      this.host.tell(this.pod, 'Normal', 'Pulled', `Successfully pulled image "${name}" in 0s`);
      return image;
    }
    const message = `Failed to pull image "${name}": rpc error: code = NotFound desc = ${name}: not found`;
    this.host.tell(this.pod, 'Normal', 'Pulling', `Pulling image "${name}"`);
    this.host.tell(this.pod, 'Warning', 'Failed', message);
    this.host.tell(this.pod, 'Warning', 'Failed', 'Error: ErrImagePull');
    this.report({ kind: 'waiting', reason: 'ErrImagePull', message });
    await this.pause(LONGEST_RETRY_MS);
    this.host.tell(this.pod, 'Normal', 'BackOff', `Back-off pulling image "${name}"`);
    this.report({ kind: 'waiting', reason: 'ImagePullBackOff', message: `Back-off pulling image "${name}": ${message}` });
    await this.pause(UNTIL_ENDED_MS);
    return null;
  }

  private async begin(image: ProcessImage, volumes: ReadonlyMap<string, string>): Promise<Running> {
    if (image.simulatedMs !== undefined) return new SimulatedProcess(image.simulatedMs);
    const faults = this.host.faults.take(this.pod.metadata?.labels ?? {});
    const skewMs = this.host.clockSkewMs(this.node);
    const given = {
      ...image.environment,
      PATH: image.environment.PATH === undefined ? BASE_PATH : `${image.environment.PATH}:${BASE_PATH}`,
      HOSTNAME: this.pod.metadata?.name ?? '',
      ...this.host.environmentOf(this.pod),
      ...(skewMs === 0 ? {} : { NODE_OPTIONS: `${image.environment.NODE_OPTIONS ?? ''} --require /skew-clock.cjs`, FLOWBENCH_TEST_CLOCK_SKEW_MS: String(skewMs) }),
    };
    const environment = await environmentOf(this.pod, this.container, given, this.host.api);
    for (const { fault } of faults) if (fault.kind === 'environment') Object.assign(environment, fault.values);
    const mounts = [...image.mounts, ...NODE_MOUNTS, await this.hosts(), ...this.volumeMounts(volumes), ...(skewMs === 0 ? [] : [SKEW])];
    const root = join(this.folder, 'root');
    mkdirSync(root, { recursive: true });
    const { runAsUser: user = 0, runAsGroup: group = user } = this.pod.spec?.securityContext ?? {};
    const argv = [...(this.container.command ?? image.entrypoint ?? []), ...(this.container.args ?? [])].map((word) => expand(word, environment));
    const process = new PodProcess(sandboxed({ root, mounts, user, group, workingDir: this.container.workingDir ?? image.workingDir ?? '/' }, argv), environment, this.log);
    await process.started;
    for (const { afterMs, fault } of faults) if (fault.kind !== 'environment') this.later(afterMs, () => { this.suffer(fault); });
    return process;
  }

  private async supervise(process: Running): Promise<ContainerEnd> {
    this.host.tell(this.pod, 'Normal', 'Started', `Container started: ${this.container.name}`);
    this.report({ kind: 'running', startedAt: this.now() });
    // Asked to stop between its start and now.
    if (this.isStopping()) process.signal('SIGTERM');
    return process.end;
  }

  private finish(end: ContainerEnd): void {
    const startedAt = this.step.kind === 'running' ? this.step.startedAt : null;
    this.report({ kind: 'ended', startedAt, end, ...this.overridden });
  }

  private report(step: PodStep): void {
    this.step = step;
    const status = statusOf(this.pod, step, this.acceptedAt, this.now());
    this.reports = this.reports.then(() => this.host.report(this.pod, status));
  }

  /** A pod without a process reads nothing. */
  private volumes(): Promise<ReadonlyMap<string, string>> {
    if (this.host.images.get(this.container.image ?? '')?.simulatedMs !== undefined) return Promise.resolve(new Map());
    return makeVolumes(this.pod, join(this.folder, 'volumes'), this.host.api);
  }

  private async hosts(): Promise<Mount> {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.hostsFile, await this.host.hostsOf());
    return { from: this.hostsFile, at: '/etc/hosts', writable: false };
  }

  private volumeMounts(volumes: ReadonlyMap<string, string>): Mount[] {
    return (this.container.volumeMounts ?? []).map(({ name, mountPath, readOnly, subPath }) => {
      const isEmptyDir = this.pod.spec?.volumes?.find((volume) => volume.name === name)?.emptyDir !== undefined;
      return { from: join(volumes.get(name) ?? '', subPath ?? ''), at: mountPath.replace(/\/$/, ''), writable: isEmptyDir && readOnly !== true };
    });
  }

  private now(): string {
    return new Date(Date.now() + this.host.clockSkewMs(this.node)).toISOString();
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private later(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => { this.timers.delete(timer); work(); }, delayMs);
    this.timers.add(timer);
  }

  /** Ends early when the pod is to end. */
  private async pause(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

const SKEW: Mount = { from: join(__dirname, 'skew-clock.cjs'), at: '/skew-clock.cjs', writable: false };
