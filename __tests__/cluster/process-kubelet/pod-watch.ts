import { askAgain } from '../harness/ask-again.js';
import { type KubeHttp } from '../harness/kube-http.js';
import { type List, type Pod } from '../harness/kube-types.js';

const PODS = '/api/v1/pods';

/** Follows the pods of all nodes by list and watch, through everything that may happen to the API server. */
export class PodWatch {
  private readonly stopping = new AbortController();
  /** Ids of those that were told of and not gone since. */
  private known = new Set<string>();

  constructor(private readonly api: KubeHttp, private readonly onPod: (pod: Pod) => void, private readonly onGone: (uid: string) => void) {}

  start(): void {
    const { signal } = this.stopping;
    void askAgain(signal, () => this.followOnce(signal));
  }

  stop(): void {
    this.stopping.abort();
  }

  private async followOnce(signal: AbortSignal): Promise<void> {
    const query = { fieldSelector: 'spec.nodeName!=' };
    const list = await this.api.ok<List<Pod>>('GET', PODS, { query });
    const before = this.known;
    this.known = new Set();
    for (const pod of list.items) this.seen(pod);
    for (const uid of before) if (!this.known.has(uid)) this.onGone(uid);
    await this.api.watch<Pod>(PODS, { ...query, resourceVersion: list.metadata.resourceVersion }, signal, ({ type, object }) => {
      if (type === 'ADDED' || type === 'MODIFIED') this.seen(object);
      if (type === 'DELETED') this.gone(object);
    });
  }

  private seen(pod: Pod): void {
    this.known.add(pod.metadata?.uid ?? '');
    this.onPod(pod);
  }

  private gone(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    this.known.delete(uid);
    this.onGone(uid);
  }
}
