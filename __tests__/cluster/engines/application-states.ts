import { setTimeout as sleep } from 'node:timers/promises';
import { type Change, type KubeHttp } from '../harness/kube-http.js';

const KIND = '/apis/sparkoperator.k8s.io/v1beta2/namespaces';
/** Before the API server is asked again. */
const PAUSE_MS = 200;

interface Application {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly applicationState?: { readonly state?: string }; readonly executorState?: Readonly<Record<string, string>> };
}

/** What an operator wrote about applications, followed from the side: each state once, in the order they came. */
export class ApplicationStates {
  /** By the application's name. */
  readonly states = new Map<string, string[]>();
  /** States that an application's executors were in, by pod. */
  readonly executors = new Map<string, Set<string>>();
  private readonly stopping = new AbortController();

  constructor(private readonly api: KubeHttp, private readonly namespace: string) {}

  start(): void {
    void this.follow();
  }

  stop(): void {
    this.stopping.abort();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.api.watch<Application>(`${KIND}/${this.namespace}/sparkapplications`, {}, signal, (change) => { this.note(change); }).catch(() => undefined);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private note({ object: { metadata: { name }, status } }: Change<Application>): void {
    const state = status?.applicationState?.state ?? '';
    const sofar = this.states.get(name) ?? [];
    if (state !== '' && sofar.at(-1) !== state) this.states.set(name, [...sofar, state]);
    for (const [pod, one] of Object.entries(status?.executorState ?? {})) this.executors.set(pod, (this.executors.get(pod) ?? new Set()).add(one));
  }
}
