import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { POOL_LABEL, SYSTEM_TAINT } from '../../../workloads/model/node-pools.js';
import { allocatable, NODE_SHAPES, nodeShape } from '../../../workloads/model/node-shapes.js';
import { type Manifest } from '../../infrastructure/kubernetes-schema.js';
import { ControlPlane, describeSettings } from '../control-plane/control-plane.js';
import { type ArmedFault, type PodFault } from '../process-kubelet/faults.js';
import { type ProcessImage } from '../process-kubelet/images.js';
import { ProcessKubelet } from '../process-kubelet/kubelet.js';
import { type NodeSettings } from '../process-kubelet/node-agent.js';
import { type ClusterControls, type ClusterFacts, type ClusterSettings } from './controls.js';
import { KubeHttp } from './kube-http.js';
import { phaseManifests } from './phase-manifests.js';

const NODE_TYPE = 'm5.xlarge';
const SYSTEM_NODE = 'system-0';

/** The cluster itself, in the process that owns it. */
export class ClusterHost implements ClusterControls {
  private readonly workers: string[] = [];
  private startMs = 0;

  private constructor(private readonly plane: ControlPlane, private readonly kubelet: ProcessKubelet, private readonly api: KubeHttp) {}

  /** @param folder an empty folder for everything it writes; the caller removes it after {@link stop} */
  static async start(folder: string, settings: ClusterSettings, log: (line: string) => void): Promise<ClusterHost> {
    const begin = performance.now();
    const planeFolder = join(folder, 'control-plane');
    mkdirSync(planeFolder, { recursive: true });
    const plane = await ControlPlane.start(planeFolder, settings.controlPlane, log);
    try {
      const { server, certificateFile, keyFile } = plane;
      const api = KubeHttp.fromKubeconfig(plane.kubeconfig);
      const kubelet = await ProcessKubelet.start({ api, server, certificateFile, keyFile, folder: join(folder, 'pods'), heartbeatMs: settings.heartbeatMs });
      const host = new ClusterHost(plane, kubelet, api);
      await kubelet.addNode(nodeOf(SYSTEM_NODE, 'system'));
      await host.addWorkers(settings.workers);
      host.startMs = performance.now() - begin;
      return host;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.kubelet.stop();
    await this.plane.stop();
    this.api.close();
  }

  facts(): Promise<ClusterFacts> {
    const { kubeconfig, server, settings } = this.plane;
    return Promise.resolve({ kubeconfig, server, settings: describeSettings(settings), startMs: this.startMs, workerNodes: this.workers, systemNode: SYSTEM_NODE });
  }

  async makePhase(namespace: string): Promise<void> {
    for (const manifest of phaseManifests(namespace)) await this.api.ok('POST', pathOf(manifest), { body: manifest });
    // Pods are refused until the controllers made what every pod gets.
    await this.until(`/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`);
  }

  async addWorkers(count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `worker-${this.workers.length + index}`);
    this.workers.push(...names);
    await Promise.all(names.map((name) => this.kubelet.addNode(nodeOf(name, 'worker'))));
  }

  setImage(reference: string, image: ProcessImage): Promise<void> {
    this.kubelet.setImage(reference, image);
    return Promise.resolve();
  }

  inject(serviceAccount: string, environment: Readonly<Record<string, string>>): Promise<void> {
    this.kubelet.inject(serviceAccount, environment);
    return Promise.resolve();
  }

  stopApiServer(): Promise<void> {
    return this.plane.stopApiServer();
  }

  startApiServer(): Promise<void> {
    return this.plane.startApiServer();
  }

  strike(namespace: string, pod: string, fault: PodFault): Promise<boolean> {
    return Promise.resolve(this.kubelet.strike(namespace, pod, fault));
  }

  arm(fault: ArmedFault): Promise<void> {
    this.kubelet.faults.arm(fault);
    return Promise.resolve();
  }

  disarm(): Promise<void> {
    this.kubelet.faults.disarm();
    return Promise.resolve();
  }

  loseNode(name: string, how: 'power' | 'network'): Promise<void> {
    this.kubelet.loseNode(name, how);
    return Promise.resolve();
  }

  returnNode(name: string): Promise<void> {
    return this.kubelet.returnNode(name);
  }

  skewClock(name: string, byMs: number): Promise<void> {
    this.kubelet.skewClock(name, byMs);
    return Promise.resolve();
  }

  running(): Promise<readonly string[]> {
    return Promise.resolve(this.kubelet.running());
  }

  private async until(path: string): Promise<void> {
    while ((await this.api.find(path)) === null) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A node as a pool of the stack has them: its label, its taint, and what its type leaves for pods. */
function nodeOf(name: string, pool: 'worker' | 'system'): NodeSettings {
  const type = nodeShape(NODE_TYPE) ?? NODE_SHAPES[0];
  if (type === undefined) throw new Error('no type of node is known');
  return { name, labels: { [POOL_LABEL]: pool, 'node.kubernetes.io/instance-type': NODE_TYPE }, taints: pool === 'system' ? [SYSTEM_TAINT] : [], ...allocatable(type) };
}

/** Where an object of a kind is made: `/apis/batch/v1/namespaces/NS/cronjobs`. */
function pathOf(manifest: Manifest): string {
  const { apiVersion, kind, metadata } = manifest as { apiVersion: string; kind: string; metadata: { namespace?: string } };
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const resource = kind === 'NetworkPolicy' ? 'networkpolicies' : `${kind.toLowerCase()}s`;
  return metadata.namespace === undefined ? `${group}/${resource}` : `${group}/namespaces/${metadata.namespace}/${resource}`;
}
