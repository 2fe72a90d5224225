import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { controlPlaneBinary } from './binary.js';
import { answers, ControlPlanePart } from './part.js';

/** What is not as in a stock control plane, so that a test takes seconds; each is printed where times are shown. */
export interface ControlPlaneSettings {
  /** Delay before a Job's first retry, doubled at each; null is the stock delay of 10 s. */
  readonly jobBackoffMs: number | null;
  /** Silence after which a node counts as lost; null is the stock 50 s. */
  readonly nodeGraceSeconds: number | null;
  /** How long a pod without a word about it is left on a node that is lost; null is the stock 300 s. */
  readonly lostNodeTolerationSeconds: number | null;
}

export const STOCK_SETTINGS: ControlPlaneSettings = { jobBackoffMs: null, nodeGraceSeconds: null, lostNodeTolerationSeconds: null };
export const TEST_SETTINGS: ControlPlaneSettings = { jobBackoffMs: 500, nodeGraceSeconds: 15, lostNodeTolerationSeconds: 2 };

/** `JOB_POD_BACKOFF 0.5 s (stock 10 s), …`, for whoever shows a time. */
export function describeSettings(settings: ControlPlaneSettings): string {
  const { jobBackoffMs, nodeGraceSeconds, lostNodeTolerationSeconds } = settings;
  const named = [
    jobBackoffMs === null ? null : `first retry of a Job after ${jobBackoffMs} ms (stock 10 s)`,
    nodeGraceSeconds === null ? null : `node lost after ${nodeGraceSeconds} s (stock 50 s)`,
    lostNodeTolerationSeconds === null ? null : `its pods given up after ${lostNodeTolerationSeconds} s (stock 300 s)`,
  ].filter((text) => text !== null);
  return named.length === 0 ? 'stock control plane' : `control plane with ${named.join(', ')}`;
}

const LOOPBACK = '127.0.0.1';

interface Ports {
  readonly etcd: number;
  readonly api: number;
  readonly controllers: number;
  readonly scheduler: number;
}

/**
 * etcd, the API server, the controllers and the scheduler of Kubernetes, on loopback, in a folder of their own.
 * Rights are checked (RBAC), and so is pod security; the certificate is the API server's own.
 */
export class ControlPlane {
  readonly server: string;
  readonly kubeconfig: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  private readonly token = randomBytes(24).toString('hex');
  private readonly parts: { readonly etcd: ControlPlanePart; readonly api: ControlPlanePart; readonly controllers: ControlPlanePart; readonly scheduler: ControlPlanePart };

  private constructor(private readonly folder: string, binary: string, private readonly ports: Ports, readonly settings: ControlPlaneSettings) {
    this.server = `https://${LOOPBACK}:${ports.api}`;
    this.kubeconfig = join(folder, 'kubeconfig');
    this.certificateFile = join(folder, 'certificates', 'apiserver.crt');
    this.keyFile = join(folder, 'certificates', 'apiserver.key');
    this.parts = {
      etcd: this.etcd(binary), api: this.apiServer(binary),
      controllers: this.controllers(binary), scheduler: this.scheduler(binary),
    };
  }

  /** @param folder an empty folder, which the caller removes after {@link stop} */
  static async start(folder: string, settings: ControlPlaneSettings, log: (line: string) => void): Promise<ControlPlane> {
    const binary = await controlPlaneBinary(log);
    const ports = { etcd: await reservedPort(), api: await reservedPort(), controllers: await reservedPort(), scheduler: await reservedPort() };
    const plane = new ControlPlane(folder, binary, ports, settings);
    plane.writeFiles();
    try {
      await plane.parts.etcd.start();
      await plane.parts.api.start();
      await Promise.all([plane.parts.controllers.start(), plane.parts.scheduler.start()]);
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  /** Only the API server, as it dies: etcd keeps what there is, and the others wait. */
  async stopApiServer(): Promise<void> {
    await this.parts.api.stop('SIGKILL');
  }

  async startApiServer(): Promise<void> {
    await this.parts.api.start();
  }

  async stop(): Promise<void> {
    const { etcd, api, controllers, scheduler } = this.parts;
    await Promise.all([controllers.stop('SIGKILL'), scheduler.stop('SIGKILL')]);
    await api.stop('SIGKILL');
    await etcd.stop('SIGKILL');
  }

  private writeFiles(): void {
    mkdirSync(join(this.folder, 'certificates'), { recursive: true });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    this.write('service-accounts.key', privateKey);
    this.write('tokens.csv', `${this.token},admin,admin,system:masters\n`);
    this.write('kubeconfig', JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: this.server, 'certificate-authority': this.certificateFile } }],
      users: [{ name: 'admin', user: { token: this.token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    }));
  }

  private write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text, { mode: 0o600 });
  }

  private file(name: string): string {
    return join(this.folder, name);
  }

  private etcd(binary: string): ControlPlanePart {
    const url = `http://${LOOPBACK}:${this.ports.etcd}`;
    return new ControlPlanePart(binary, {
      name: 'etcd',
      logFile: this.file('etcd.log'),
      args: [
        '--name=test', `--data-dir=${this.file('etcd')}`, `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`, `--listen-peer-urls=http://${LOOPBACK}:0`,
        // What a power cut would take is a temporary folder.
        '--unsafe-no-fsync', '--log-level=warn',
      ],
      isReady: () => isHealthy(`${url}/health`),
    });
  }

  private apiServer(binary: string): ControlPlanePart {
    const { lostNodeTolerationSeconds: toleration } = this.settings;
    return new ControlPlanePart(binary, {
      name: 'kube-apiserver',
      logFile: this.file('kube-apiserver.log'),
      args: [
        `--etcd-servers=http://${LOOPBACK}:${this.ports.etcd}`, `--cert-dir=${this.file('certificates')}`,
        `--bind-address=${LOOPBACK}`, `--advertise-address=${LOOPBACK}`, `--secure-port=${this.ports.api}`, '--endpoint-reconciler-type=none',
        '--service-cluster-ip-range=10.0.0.0/24', '--allow-privileged=true', '--authorization-mode=RBAC', `--token-auth-file=${this.file('tokens.csv')}`,
        '--service-account-issuer=https://kubernetes.default.svc', `--service-account-signing-key-file=${this.file('service-accounts.key')}`, `--service-account-key-file=${this.file('service-accounts.key')}`,
        '--profiling=false', '--shutdown-delay-duration=0s',
        ...(toleration === null ? [] : [`--default-not-ready-toleration-seconds=${toleration}`, `--default-unreachable-toleration-seconds=${toleration}`]),
      ],
      isReady: () => answers(this.ports.api, '/readyz', this.token),
    });
  }

  private controllers(binary: string): ControlPlanePart {
    const { jobBackoffMs, nodeGraceSeconds } = this.settings;
    return new ControlPlanePart(binary, {
      name: 'kube-controller-manager',
      logFile: this.file('kube-controller-manager.log'),
      args: [
        ...this.clientArgs(this.ports.controllers, 'certificates-controllers'),
        `--service-account-private-key-file=${this.file('service-accounts.key')}`, `--root-ca-file=${this.certificateFile}`,
        ...(nodeGraceSeconds === null ? [] : [`--node-monitor-grace-period=${nodeGraceSeconds}s`, '--node-monitor-period=1s']),
      ],
      ...(jobBackoffMs === null ? {} : { environment: { JOB_POD_BACKOFF: `${jobBackoffMs}ms` } }),
      // A namespace is usable when its account was made, which is the last of what pods need.
      isReady: () => answers(this.ports.api, '/api/v1/namespaces/default/serviceaccounts/default', this.token),
    });
  }

  private scheduler(binary: string): ControlPlanePart {
    return new ControlPlanePart(binary, {
      name: 'kube-scheduler',
      logFile: this.file('kube-scheduler.log'),
      args: this.clientArgs(this.ports.scheduler, 'certificates-scheduler'),
      isReady: () => answers(this.ports.scheduler, '/readyz', this.token),
    });
  }

  private clientArgs(port: number, certificates: string): string[] {
    const { kubeconfig } = this;
    return [
      `--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`,
      '--leader-elect=false', `--bind-address=${LOOPBACK}`, `--secure-port=${port}`, `--cert-dir=${this.file(certificates)}`, '--profiling=false',
    ];
  }
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { timeout: 2_000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += chunk.toString('utf8'); });
      response.on('end', () => { resolve(text.includes('true')); });
    }).on('error', () => { resolve(false); });
  });
}
