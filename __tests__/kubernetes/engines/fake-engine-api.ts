import type { CustomManifest, EngineApi, WatchEvent, Watching } from '../../../workloads/kubernetes/api/cluster-api.js';
import type { ClusterPod, CustomObject } from '../../../workloads/kubernetes/api/objects.js';
import type { EngineLimits } from '../../../workloads/kubernetes/engines/limits.js';

export const SHORT: EngineLimits = { openMs: 2_000, untouchedMs: 150, shortTroubleMs: 50, longTroubleMs: 100, wordMs: 60, goneMs: 300, lookEveryMs: 5 };

const WATCHING: Watching = { ready: Promise.resolve(), ended: new Promise(() => undefined), stop: () => undefined };

/** The namespace of an engine in memory: a test moves its objects and pods by hand. */
export class FakeEngineApi {
  readonly namespace = 'engines';
  readonly objects = new Map<string, CustomObject>();
  readonly pods = new Map<string, ClusterPod>();
  readonly logs = new Map<string, string>();
  readonly scaled: number[] = [];
  /** Of its Deployment, before anybody scales it. */
  replicas = 0;
  /** What happens to an object right after it was made. */
  onCreate: (name: string) => void = () => undefined;
  /** What an operator does when an object changes. */
  onPatch: (name: string, patch: object) => void = () => undefined;
  /** Whether a deleted object goes. */
  isDeleting = true;
  private onItem: (event: WatchEvent<CustomObject>) => void = () => undefined;
  private onPod: (event: WatchEvent<ClusterPod>) => void = () => undefined;

  /** As the code under test has it: what is not here is not called. */
  get api(): EngineApi {
    return this as unknown as EngineApi;
  }

  custom(): object {
    return {
      create: (manifest: CustomManifest) => {
        if (this.objects.has(manifest.metadata.name)) return Promise.resolve(null);
        this.objects.set(manifest.metadata.name, manifest as unknown as CustomObject);
        this.onCreate(manifest.metadata.name);
        return Promise.resolve(manifest);
      },
      get: (name: string) => Promise.resolve(this.objects.get(name) ?? null),
      list: () => Promise.resolve([...this.objects.values()]),
      patch: (name: string, patch: object) => {
        this.onPatch(name, patch);
        return Promise.resolve(this.objects.get(name) ?? null);
      },
      delete: (name: string) => {
        if (this.isDeleting) { this.objects.delete(name); this.pods.clear(); }
        return Promise.resolve();
      },
      follow: (_selector: string | undefined, onEvent: typeof this.onItem) => {
        this.onItem = onEvent;
        for (const item of this.objects.values()) onEvent({ kind: 'seen', item });
        return WATCHING;
      },
    };
  }

  watchPods(_selector: string, onEvent: typeof this.onPod): Watching {
    this.onPod = onEvent;
    return WATCHING;
  }

  listPods(): Promise<ClusterPod[]> {
    return Promise.resolve([...this.pods.values()]);
  }

  podLog(pod: string): Promise<string | null> {
    return Promise.resolve(this.logs.get(pod) ?? null);
  }

  getDeployment(): Promise<object> {
    return Promise.resolve({ spec: { replicas: this.scaled.at(-1) ?? this.replicas, selector: { matchLabels: { component: 'worker' } } } });
  }

  scaleDeployment(_name: string, replicas: number): Promise<number> {
    this.scaled.push(replicas);
    return Promise.resolve(replicas);
  }

  /** The operator says this of an object. */
  say(name: string, status: object): void {
    const item = { ...this.objects.get(name), metadata: { name }, status } as CustomObject;
    this.objects.set(name, item);
    this.onItem({ kind: 'seen', item });
  }

  /** The object goes, and takes its last status with it. */
  take(name: string): void {
    const item = this.objects.get(name);
    this.objects.delete(name);
    if (item !== undefined) this.onItem({ kind: 'gone', item });
  }

  /** The pod goes before anybody has said that it ended. */
  lose(name: string): void {
    const pod = this.pods.get(name);
    this.pods.delete(name);
    if (pod !== undefined) this.onPod({ kind: 'gone', item: pod });
  }

  show(pod: ClusterPod): void {
    this.pods.set(pod.metadata?.name ?? '', pod);
    this.onPod({ kind: 'seen', item: pod });
  }
}

/** A pod as the cluster tells of it. */
export function podOf(name: string, labels: Record<string, string>, status: object): ClusterPod {
  return { metadata: { name, uid: `uid-${name}`, labels }, spec: { containers: [], nodeName: 'node-1' }, status };
}
