import { type KubeHttp, MERGE } from '../harness/kube-http.js';
import { type NodeStatus } from '../harness/kube-types.js';

export interface NodeSettings {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
  readonly cpuMillis: number;
  readonly memoryMib: number;
}

/** One Node: it says that it is there, and goes on saying so. */
export class NodeAgent {
  private timer: NodeJS.Timeout | null = null;
  private lost = false;

  constructor(readonly settings: NodeSettings, private readonly api: KubeHttp, private readonly logPort: number, private readonly heartbeatMs: number) {}

  get isLost(): boolean {
    return this.lost;
  }

  async start(): Promise<void> {
    const { name, labels, taints } = this.settings;
    const metadata = { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...labels } };
    await this.api.ok('POST', '/api/v1/nodes', { body: { metadata, spec: { taints } } });
    await this.api.ok('PATCH', `/api/v1/nodes/${name}/status`, { body: { status: this.status() } });
    // Admission gave it the taint of a node that is not ready; the node controller would take it away, some time later.
    await this.api.ok('PATCH', `/api/v1/nodes/${name}`, { body: { spec: { taints } }, contentType: MERGE });
    await this.beat();
    this.timer = setInterval(() => { void this.beat(); }, this.heartbeatMs);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** Says nothing from now on. */
  lose(): void {
    this.lost = true;
  }

  async comeBack(): Promise<void> {
    this.lost = false;
    await this.beat();
    await this.api.ok('PATCH', `/api/v1/nodes/${this.settings.name}/status`, { body: { status: this.status() } });
  }

  /** Renews the lease by which the node controller knows that a node lives. */
  private async beat(): Promise<void> {
    if (this.lost) return;
    const { name } = this.settings;
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: new Date().toISOString().replace('Z', '000Z') };
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    try {
      const { status } = await this.api.call('PATCH', `${path}/${name}`, { body: { spec }, contentType: MERGE });
      if (status === 404) await this.api.call('POST', path, { body: { metadata: { name }, spec } });
    } catch {
      // An API server that is away hears the next one.
    }
  }

  private status(): NodeStatus {
    const { cpuMillis, memoryMib } = this.settings;
    const now = new Date().toISOString();
    const resources = { cpu: `${cpuMillis}m`, memory: `${memoryMib}Mi`, pods: '58', 'ephemeral-storage': '100Gi' };
    const conditions = [['Ready', 'True', 'KubeletReady'], ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'], ['DiskPressure', 'False', 'KubeletHasNoDiskPressure']]
      .map(([type = '', status = '', reason = '']) => ({ type, status, reason, message: '', lastHeartbeatTime: now, lastTransitionTime: now }));
    return {
      capacity: resources, allocatable: resources, conditions,
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: this.logPort } },
    };
  }
}
