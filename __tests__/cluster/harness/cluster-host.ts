import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { JOB_NAMES } from '../../../workloads/model/job-manifest-names.js';
import { POOL_LABEL, SYSTEM_TAINT } from '../../../workloads/model/node-pools.js';
import { allocatable, NODE_SHAPES, nodeShape } from '../../../workloads/model/node-shapes.js';
import { type S3Server, startS3Server } from '../../fixtures/s3-server.js';
import { ControlPlane, describeSettings } from '../control-plane/control-plane.js';
import { type ArmedFault, type PodFault } from '../process-kubelet/faults.js';
import { type ProcessImage } from '../process-kubelet/images.js';
import { ProcessKubelet } from '../process-kubelet/kubelet.js';
import { type NodeSettings } from '../process-kubelet/node-agent.js';
import { type ClusterControls, type ClusterFacts, type ClusterSettings, type RefusedRequests } from './controls.js';
import { ownImages } from './own-images.js';
import { KubeHttp } from './kube-http.js';
import { type KubeManifest, manifestPath } from './objects.js';
import { DATASET_BUCKET, phaseManifests, type PhaseWish, RESULTS_BUCKET, SAMPLE_PREFIX } from './phase-manifests.js';

const SAMPLE = join(__dirname, '..', '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');
/** Service accounts that a webhook of the cloud gives credentials to. */
const ACCOUNTS = { worker: JOB_NAMES.flowWorker, coordinator: JOB_NAMES.coordinator };
const NODE_TYPE = 'm5.xlarge';
const SYSTEM_NODE = 'system-0';

/** The cluster itself, in the process that owns it. */
export class ClusterHost implements ClusterControls {
  private readonly workers: string[] = [];
  private startMs = 0;
  private isS3Paused = false;

  private constructor(
    private readonly folder: string,
    private readonly plane: ControlPlane,
    private readonly kubelet: ProcessKubelet,
    private readonly api: KubeHttp,
    private readonly s3: S3Server,
  ) {}

  /** @param folder an empty folder for everything it writes; the caller removes it after {@link stop} */
  static async start(folder: string, settings: ClusterSettings, log: (line: string) => void): Promise<ClusterHost> {
    const begin = performance.now();
    const planeFolder = join(folder, 'control-plane');
    mkdirSync(planeFolder, { recursive: true });
    const [plane, s3] = await Promise.all([ControlPlane.start(planeFolder, settings.controlPlane, log), startS3WithSample()]);
    try {
      const { server, certificateFile, keyFile } = plane;
      const api = KubeHttp.fromKubeconfig(plane.kubeconfig);
      const kubelet = await ProcessKubelet.start({ api, server, certificateFile, keyFile, folder: join(folder, 'pods'), heartbeatMs: settings.heartbeatMs });
      const host = new ClusterHost(folder, plane, kubelet, api, s3);
      for (const account of Object.values(ACCOUNTS)) kubelet.inject(account, s3.environment());
      await kubelet.addNode(nodeOf(SYSTEM_NODE, 'system'));
      await host.addWorkers(settings.workers);
      host.startMs = performance.now() - begin;
      return host;
    } catch (error) {
      await Promise.all([plane.stop(), s3.stop()]);
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.kubelet.stop();
    await Promise.all([this.plane.stop(), this.s3.stop()]);
    this.api.close();
  }

  facts(): Promise<ClusterFacts> {
    const { kubeconfig, server, settings } = this.plane;
    return Promise.resolve({
      kubeconfig, server, settings: describeSettings(settings), startMs: this.startMs, workerNodes: this.workers, systemNode: SYSTEM_NODE,
      s3Environment: this.s3.environment(), s3Folder: this.s3.folder,
    });
  }

  async makePhase(namespace: string, wish: PhaseWish): Promise<void> {
    for (const manifest of phaseManifests(namespace, wish)) await this.api.ok('POST', manifestPath(manifest as unknown as KubeManifest), { body: manifest });
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

  async useOwnImages(): Promise<void> {
    const folder = join(this.folder, 'images');
    for (const [reference, image] of await ownImages(folder)) this.kubelet.setImage(reference, image);
  }

  async pauseS3(): Promise<void> {
    this.isS3Paused = true;
    await this.s3.pause();
  }

  async resumeS3(): Promise<void> {
    if (!this.isS3Paused) return;
    this.isS3Paused = false;
    await this.s3.resume();
  }

  refuseS3({ methods, path, status, code, times = Infinity }: RefusedRequests): Promise<void> {
    let left = times;
    this.s3.inject((seen) => {
      if (left <= 0 || !methods.some((method) => method === seen.method) || !seen.path.includes(path)) return null;
      left -= 1;
      return { status, code };
    });
    return Promise.resolve();
  }

  healS3(): Promise<void> {
    this.s3.heal();
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

/** S3 with the sample in the dataset bucket, and an empty results bucket. */
async function startS3WithSample(): Promise<S3Server> {
  const s3 = await startS3Server();
  await s3.makeBucket(RESULTS_BUCKET);
  await s3.makeBucket(DATASET_BUCKET);
  await s3.place(SAMPLE, DATASET_BUCKET, SAMPLE_PREFIX);
  return s3;
}

/** A node as a pool of the stack has them: its label, its taint, and what its type leaves for pods. */
function nodeOf(name: string, pool: 'worker' | 'system'): NodeSettings {
  const type = nodeShape(NODE_TYPE) ?? NODE_SHAPES[0];
  if (type === undefined) throw new Error('no type of node is known');
  return { name, labels: { [POOL_LABEL]: pool, 'node.kubernetes.io/instance-type': NODE_TYPE }, taints: pool === 'system' ? [SYSTEM_TAINT] : [], ...allocatable(type) };
}
