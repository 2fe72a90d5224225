import { askAgain } from '../harness/ask-again.js';
import { type Change, type KubeHttp } from '../harness/kube-http.js';

const KIND = '/apis/sparkoperator.k8s.io/v1beta2/namespaces';

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
    const { signal } = this.stopping;
    void askAgain(signal, () => this.api.watch<Application>(`${KIND}/${this.namespace}/sparkapplications`, {}, signal, (change) => { this.note(change); }));
  }

  stop(): void {
    this.stopping.abort();
  }

  private note({ object: { metadata: { name }, status } }: Change<Application>): void {
    const state = status?.applicationState?.state ?? '';
    const sofar = this.states.get(name) ?? [];
    if (state !== '' && sofar.at(-1) !== state) this.states.set(name, [...sofar, state]);
    for (const [pod, one] of Object.entries(status?.executorState ?? {})) this.executors.set(pod, (this.executors.get(pod) ?? new Set()).add(one));
  }
}
