import { askAgain } from '../harness/ask-again.js';
import { type KubeHttp } from '../harness/kube-http.js';
import { type Pod } from '../harness/kube-types.js';
import { podsPath, uniqueName } from '../harness/objects.js';

const LOOK_EVERY_MS = 150;

interface Deployment {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly replicas: number; readonly selector: { readonly matchLabels: Record<string, string> }; readonly template: { readonly metadata: object; readonly spec: object } };
}

/**
 * Stands in for the controllers of Deployments and ReplicaSets in one namespace: the pods that they make are started
 * again where they end, which the process kubelet does not do. A Deployment is a real object with its real scale,
 * but `paused`, so that the cluster's own controllers make nothing of it; this keeps as many pods of its template
 * as it is scaled to, and makes another for one that ended.
 */
export class DeploymentStandIn {
  /** Replicas that each Deployment asked for, in the order they came, however short a time for. */
  readonly scales = new Map<string, number[]>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private isBusy = false;

  constructor(private readonly api: KubeHttp, private readonly namespace: string) {}

  start(): void {
    const { signal } = this.stopping;
    void askAgain(signal, () => this.api.watch<Deployment>(this.path(), {}, signal, ({ object }) => { this.note(object); }));
    this.timer = setInterval(() => { void this.look(); }, LOOK_EVERY_MS);
  }

  /** With the Deployments and their pods: nodes are free for others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.timer !== null) clearInterval(this.timer);
    while (this.isBusy) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    for (const path of [this.path(), podsPath(this.namespace)]) await this.api.call('DELETE', path, { body: { gracePeriodSeconds: 0 } });
  }

  /** Pods of a Deployment that are there, those that are about to go among them. */
  async pods({ matchLabels }: Deployment['spec']['selector']): Promise<readonly Pod[]> {
    const labelSelector = Object.entries(matchLabels).map(([name, value]) => `${name}=${value}`).join(',');
    return (await this.api.ok<{ items: Pod[] }>('GET', podsPath(this.namespace), { query: { labelSelector } })).items;
  }

  private async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      for (const deployment of (await this.api.ok<{ items: Deployment[] }>('GET', this.path())).items) await this.keep(deployment);
    } catch {
      // What it asked for is gone, or the server is away: it looks again.
    } finally {
      this.isBusy = false;
    }
  }

  private note({ metadata: { name }, spec: { replicas } }: Deployment): void {
    const sofar = this.scales.get(name) ?? [];
    if (sofar.at(-1) !== replicas) this.scales.set(name, [...sofar, replicas]);
  }

  private async keep(deployment: Deployment): Promise<void> {
    const { spec } = deployment;
    const staying = (await this.pods(spec.selector)).filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    const isOver = ({ status }: Pod): boolean => status?.phase === 'Failed' || status?.phase === 'Succeeded';
    const atWork = staying.filter((pod) => !isOver(pod));
    for (const { metadata } of [...staying.filter(isOver), ...atWork.slice(spec.replicas)]) await this.api.call('DELETE', podsPath(this.namespace, metadata?.name));
    for (let count = atWork.length; count < spec.replicas; count += 1) await this.make(deployment);
  }

  private async make({ metadata: { name, uid }, spec: { template } }: Deployment): Promise<void> {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true }];
    await this.api.ok('POST', podsPath(this.namespace), { body: { metadata: { ...template.metadata, name: uniqueName(name), ownerReferences }, spec: { ...template.spec, restartPolicy: 'Never' } } });
  }

  private path(): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/deployments`;
  }
}
