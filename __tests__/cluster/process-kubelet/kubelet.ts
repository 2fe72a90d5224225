import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeHttp } from '../harness/kube-http.js';
import { type Pod } from '../harness/kube-types.js';
import { type ArmedFault, Faults, type PodFault } from './faults.js';
import { type ProcessImage } from './images.js';
import { LogServer } from './log-server.js';
import { NodeAgent, type NodeSettings } from './node-agent.js';
import { type PodHost, PodRun } from './pod-run.js';
import { PodWatch } from './pod-watch.js';
import { requireSandbox } from './sandbox.js';
import { ServiceNames } from './service-names.js';

const REPORT_PAUSE_MS = 200;
const DEFAULT_GRACE_SECONDS = 30;

export interface KubeletSettings {
  readonly api: KubeHttp;
  /** Where pods reach the API server. */
  readonly server: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** For the folders of pods. */
  readonly folder: string;
  readonly heartbeatMs: number;
}

/**
 * Runs the pods of its Nodes as processes of this machine. What is real: everything that the API server, the
 * scheduler and the controllers do, and what a pod is told, may read, may write and leaves behind: its volumes at
 * their paths, a read-only root, its user, its service account, its environment, its exit code and its log. What is
 * not: there is no image (folders of this machine stand for one), no limit on memory or CPU (an out-of-memory kill
 * is reported by hand), no disk that fills, no network of pods (all share the loopback address, names of Services
 * lead there, network policies do nothing), no probes, no restarts of containers, no init containers, and no time
 * that a pull or a new node would take. A pod's process is not number 1, so an unhandled SIGTERM ends it.
 */
export class ProcessKubelet implements PodHost {
  readonly images = new Map<string, ProcessImage>();
  readonly faults = new Faults();
  readonly api: KubeHttp;
  private readonly nodes = new Map<string, NodeAgent>();
  private readonly runs = new Map<string, PodRun>();
  /** Ids of pods that are just being ended. */
  private readonly ending = new Set<string>();
  private readonly skewsMs = new Map<string, number>();
  /** Service account → environment, as a webhook of the cloud adds to its pods. */
  private readonly injected = new Map<string, Readonly<Record<string, string>>>();
  private readonly watch: PodWatch;
  private readonly names: ServiceNames;
  private isClosed = false;

  private constructor(private readonly settings: KubeletSettings, private readonly logs: { server?: LogServer }) {
    this.api = settings.api;
    this.watch = new PodWatch(settings.api, (pod) => { this.onPod(pod); }, (uid) => { this.onGone(uid); });
    this.names = new ServiceNames(settings.api, (lines) => { for (const run of this.runs.values()) run.learnHosts(lines); });
  }

  /** @throws one line where this machine cannot run pods as processes */
  static async start(settings: KubeletSettings): Promise<ProcessKubelet> {
    requireSandbox();
    const logs: { server?: LogServer } = {};
    const kubelet = new ProcessKubelet(settings, logs);
    logs.server = await LogServer.start(settings.certificateFile, settings.keyFile, (namespace, pod) => kubelet.find(namespace, pod)?.log ?? null);
    kubelet.watch.start();
    kubelet.names.start();
    return kubelet;
  }

  async addNode(settings: NodeSettings): Promise<void> {
    const node = new NodeAgent(settings, this.api, this.logs.server?.port ?? 0, this.settings.heartbeatMs);
    this.nodes.set(settings.name, node);
    await node.start();
  }

  setImage(reference: string, image: ProcessImage): void {
    this.images.set(reference, image);
  }

  /** What pods of a service account get into their environment, as a webhook of the cloud would put it there. */
  inject(serviceAccount: string, environment: Readonly<Record<string, string>>): void {
    this.injected.set(serviceAccount, environment);
  }

  /** Something happens to the pod of this name, now. False where it has no process. */
  strike(namespace: string, pod: string, fault: PodFault): boolean {
    const run = this.find(namespace, pod);
    run?.suffer(fault);
    return run !== undefined;
  }

  arm(fault: ArmedFault): void {
    this.faults.arm(fault);
  }

  /** The node says nothing any more; `power`: and its pods are gone with it, `network`: they go on. */
  loseNode(name: string, how: 'power' | 'network'): void {
    this.node(name).lose();
    if (how === 'power') for (const run of this.runs.values()) if (run.node === name) run.lose();
  }

  async returnNode(name: string): Promise<void> {
    await this.node(name).comeBack();
    for (const run of this.runs.values()) if (run.node === name) run.reportAgain();
  }

  /** The clock of a node is wrong from now on, for what it reports and for pods that it starts. */
  skewClock(name: string, byMs: number): void {
    this.skewsMs.set(name, byMs);
  }

  /** What pods have running, by the name of the pod. */
  running(): string[] {
    return [...this.runs.values()].map((run) => run.pod.metadata?.name ?? '');
  }

  stop(): void {
    this.isClosed = true;
    this.watch.stop();
    this.names.stop();
    for (const node of this.nodes.values()) node.stop();
    for (const run of this.runs.values()) run.lose();
    this.logs.server?.stop();
  }

  environmentOf(pod: Pod): Readonly<Record<string, string>> {
    const { hostname: host, port } = new URL(this.settings.server);
    return { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, ...this.injected.get(pod.spec?.serviceAccountName ?? '') };
  }

  hostsOf(): Promise<string> {
    return this.names.hosts();
  }

  clockSkewMs(node: string): number {
    return this.skewsMs.get(node) ?? 0;
  }

  async report(pod: Pod, status: object): Promise<void> {
    const { name = '', namespace = '', uid } = pod.metadata ?? {};
    while (!this.isClosed && this.nodes.get(pod.spec?.nodeName ?? '')?.isLost === false) {
      const taken = await this.api.call('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { body: { metadata: { uid }, status } }).catch(() => null);
      // Gone, or replaced by another of its name.
      if (taken !== null && (taken.status < 300 || taken.status === 404 || taken.status === 409 || isOfAnotherPod(taken.body))) return;
      if (taken?.status === 422) throw new Error(`the API server does not take the status of ${name}: ${JSON.stringify(taken.body)}`);
      await sleep(REPORT_PAUSE_MS);
    }
  }

  tell(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace = '', uid } = pod.metadata ?? {};
    const now = new Date(Date.now() + this.clockSkewMs(pod.spec?.nodeName ?? '')).toISOString();
    const body = {
      metadata: { generateName: `${name ?? ''}.` },
      involvedObject: { kind: 'Pod', apiVersion: 'v1', name, namespace, uid },
      type, reason, message, count: 1, firstTimestamp: now, lastTimestamp: now,
      source: { component: 'kubelet', host: pod.spec?.nodeName },
    };
    // An event is told once: one that is lost stays lost, as with the real kubelet.
    this.api.call('POST', `/api/v1/namespaces/${namespace}/events`, { body }).catch(() => undefined);
  }

  private onPod(pod: Pod): void {
    const { uid = '', deletionTimestamp } = pod.metadata ?? {};
    const node = this.nodes.get(pod.spec?.nodeName ?? '');
    if (node === undefined || node.isLost) return;
    const run = this.runs.get(uid);
    if (deletionTimestamp !== undefined) void this.end(pod, run);
    else if (run === undefined && pod.status?.phase === 'Pending') this.runs.set(uid, new PodRun(pod, this, join(this.settings.folder, uid)));
  }

  /** The last word on a pod that is deleted is its kubelet's. */
  private async end(pod: Pod, run: PodRun | undefined): Promise<void> {
    const { name = '', namespace = '', uid = '', deletionGracePeriodSeconds } = pod.metadata ?? {};
    if (this.ending.has(uid)) return;
    this.ending.add(uid);
    await run?.stop(deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
    if (this.nodes.get(pod.spec?.nodeName ?? '')?.isLost === false) {
      // An API server that is away is told when it lists its pods again.
      await this.api.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { body: { gracePeriodSeconds: 0, preconditions: { uid } } }).catch(() => undefined);
    }
    this.ending.delete(uid);
  }

  /** Gone from the API: whatever is left of it ends at once. */
  private onGone(uid: string): void {
    this.runs.get(uid)?.lose();
    this.runs.delete(uid);
  }

  private find(namespace: string, pod: string): PodRun | undefined {
    return [...this.runs.values()].find((run) => run.pod.metadata?.name === pod && run.pod.metadata.namespace === namespace);
  }

  private node(name: string): NodeAgent {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}; there are ${[...this.nodes.keys()].join(', ')}`);
    return node;
  }
}

/** Whether the server refuses a status because the pod of that name is another one by now, made after ours was gone. */
function isOfAnotherPod(body: unknown): boolean {
  return (body as { readonly details?: { readonly causes?: readonly { readonly field?: string }[] } } | undefined)?.details?.causes?.some(({ field }) => field === 'metadata.uid') === true;
}
