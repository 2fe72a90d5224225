import { hostname } from 'node:os';
import { type KubeHttp } from '../harness/kube-http.js';
import { type ServiceList } from '../harness/kube-types.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Where names of Services lead: to the loopback address, as all pods share it. A name service would know of a new
 * one at once; here running pods are told within a second.
 */
export class ServiceNames {
  private readonly told = new Set<string>();
  private timer: NodeJS.Timeout | null = null;

  /** @param onNew gets lines for /etc/hosts that were not there before */
  constructor(private readonly api: KubeHttp, private readonly onNew: (lines: string) => void) {}

  start(): void {
    this.timer = setInterval(() => { void this.look(); }, LOOK_EVERY_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** Text of a pod's /etc/hosts, with every name that there is now. */
  async hosts(): Promise<string> {
    // A pod's processes have the machine's name, by which some look for their own address.
    return linesOf(['localhost', hostname(), ...(await this.names())]);
  }

  private async look(): Promise<void> {
    // An API server that is away is asked again.
    const names = await this.names().catch(() => []);
    const fresh = names.filter((name) => !this.told.has(name));
    for (const name of fresh) this.told.add(name);
    if (fresh.length > 0) this.onNew(linesOf(fresh));
  }

  private async names(): Promise<string[]> {
    const { items } = await this.api.ok<ServiceList>('GET', '/api/v1/services');
    return items.flatMap(({ metadata: { name = '', namespace = '' } = {} }) => [`${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`]);
  }
}

const linesOf = (names: readonly string[]): string => names.map((name) => `127.0.0.1 ${name}\n`).join('');
