import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type KubeHttp, MERGE } from '../harness/kube-http.js';
import { type Pod } from '../harness/kube-types.js';
import { podsPath } from '../harness/objects.js';

const LOOK_EVERY_MS = 150;
/** Longer than a coordinator takes from one query to the next. */
const HANGS_MS = 2_000;
const GROUP = '/apis/ray.io/v1/namespaces';

/** Every field of a RayJob that we set, and no other. */
const jobSchema = z.strictObject({
  entrypoint: z.string(), runtimeEnvYAML: z.string(), submissionMode: z.literal('HTTPMode'), clusterSelector: z.strictObject({ 'ray.io/cluster': z.string() }), shutdownAfterJobFinishes: z.literal(false),
});
const environmentSchema = z.strictObject({ env_vars: z.record(z.string(), z.string()) });
const groupsSchema = z.array(z.looseObject({ groupName: z.string(), replicas: z.int().nonnegative(), minReplicas: z.int(), maxReplicas: z.int() }));

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string; readonly finalizers?: readonly string[] };
  readonly spec: unknown;
  readonly status?: { readonly jobDeploymentStatus?: string };
}

export interface RaySettings {
  readonly api: KubeHttp;
  readonly namespace: string;
  /** Image of the head's and the workers' pods, which do nothing. */
  readonly image: string;
  readonly port: number;
  /** Of the process of a job: what its entrypoint finds instead of the image's programs. */
  readonly environment: Readonly<Record<string, string>>;
  /** The entrypoint as it is to be run on this machine. */
  readonly here: (entrypoint: string) => string;
  /** The session as it is to be opened on this machine. */
  readonly session: (session: Record<string, unknown>) => Record<string, unknown>;
}

/**
 * Stands in for KubeRay's operator and for Ray's own job server: it is neither, and there is no Ray behind it. It
 * keeps the pods of a RayCluster at the replicas that are asked for, runs the entrypoint of a RayJob as a process
 * of this machine, and walks both statuses through the states that KubeRay documents.
 */
export class RayStandIn {
  readonly states = new Map<string, string[]>();
  /** Words with which the next jobs fail before they are sent. */
  readonly failures: string[] = [];
  private readonly jobs = new Map<string, { readonly child: ChildProcess; log: string; exitCode: number | null }>();
  private timer: NodeJS.Timeout | null = null;
  private server: Server | null = null;
  private isBusy = false;

  constructor(private readonly settings: RaySettings) {}

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const id = decodeURIComponent(/^\/api\/jobs\/([^/]+)\/logs$/.exec(request.url ?? '')?.[1] ?? '');
      const job = this.jobs.get(id);
      response.statusCode = job === undefined ? 404 : 200;
      response.end(JSON.stringify({ logs: job?.log }));
    });
    this.server = server;
    await new Promise<void>((resolve) => { server.listen(this.settings.port, '127.0.0.1', resolve); });
    this.timer = setInterval(() => { void this.look(); }, LOOK_EVERY_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.server?.close();
    for (const { child } of this.jobs.values()) kill(child);
  }

  /** The head's machine hangs, then it is gone with the program on it; of its jobs nobody knows any more. */
  async loseHead(): Promise<void> {
    for (const { child } of this.jobs.values()) kill(child, 'SIGSTOP');
    await sleep(HANGS_MS);
    for (const [name, { child }] of this.jobs) {
      this.jobs.delete(name);
      kill(child);
    }
    await this.settings.api.ok('DELETE', podsPath(this.settings.namespace, 'ray-head'), { body: { gracePeriodSeconds: 0 } });
  }

  private async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      for (const cluster of await this.list('rayclusters')) await this.keepPods(cluster);
      for (const job of await this.list('rayjobs')) await this.sync(job);
      this.sweep(await this.list('rayjobs'));
    } catch {
      // What it asked for is gone, or the server is away: it looks again.
    } finally {
      this.isBusy = false;
    }
  }

  private async keepPods({ metadata: { name }, spec }: Stored): Promise<void> {
    const { api, namespace } = this.settings;
    const [group] = groupsSchema.parse((spec as { workerGroupSpecs: unknown }).workerGroupSpecs);
    const { items } = await api.ok<{ items: Pod[] }>('GET', podsPath(namespace), { query: { labelSelector: `ray.io/cluster=${name}` } });
    const has = new Set(items.map(({ metadata }) => metadata?.name));
    if (!has.has('ray-head')) await this.makePod(name, 'ray-head', 'head');
    const wanted = Math.min(Math.max(group?.replicas ?? 0, group?.minReplicas ?? 0), group?.maxReplicas ?? 0);
    const workers = items.filter(({ metadata }) => metadata?.labels?.['ray.io/node-type'] === 'worker');
    for (let index = 0; index < wanted; index += 1) if (!has.has(`ray-worker-${index}`)) await this.makePod(name, `ray-worker-${index}`, 'worker');
    for (const { metadata } of workers.slice(wanted)) await api.call('DELETE', podsPath(namespace, metadata?.name));
    const ready = workers.filter(({ status, metadata }) => status?.phase === 'Running' && metadata?.deletionTimestamp === undefined).length;
    await api.ok('PATCH', `${this.path('rayclusters', name)}/status`, { body: { status: { desiredWorkerReplicas: wanted, readyWorkerReplicas: ready, availableWorkerReplicas: ready } }, contentType: MERGE });
  }

  private async makePod(cluster: string, name: string, role: 'head' | 'worker'): Promise<void> {
    const pool = role === 'head' ? 'system' : 'worker';
    const restricted = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };
    const spec = {
      restartPolicy: 'Never', terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, nodeSelector: { 'flowbench/pool': pool },
      tolerations: role === 'head' ? [{ key: 'flowbench/system', operator: 'Exists' }] : [],
      securityContext: { runAsNonRoot: true, runAsUser: 1_000, runAsGroup: 1_000, fsGroup: 1_000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'ray', image: this.settings.image, command: ['sleep', '3600'], resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } }, securityContext: restricted }],
    };
    await this.settings.api.ok('POST', podsPath(this.settings.namespace), { body: { metadata: { name, labels: { 'ray.io/cluster': cluster, 'ray.io/node-type': role } }, spec } });
  }

  private async sync(job: Stored): Promise<void> {
    const { name } = job.metadata;
    const running = this.jobs.get(name);
    if (running === undefined && (job.status?.jobDeploymentStatus ?? '') === '') return this.submit(job);
    if (running?.exitCode == null || this.states.get(name)?.at(-1) === 'SUCCEEDED' || this.states.get(name)?.at(-1) === 'FAILED') return;
    if (running.exitCode === 0) return this.tell(name, 'SUCCEEDED', 'Complete');
    return this.tell(name, 'FAILED', 'Failed', { reason: 'AppFailed', message: `Job entrypoint command failed with exit code ${running.exitCode}` });
  }

  private async submit({ metadata: { name }, spec }: Stored): Promise<void> {
    const parsed = jobSchema.safeParse(spec);
    const failure = parsed.success ? this.failures.shift() : parsed.error.message;
    if (failure !== undefined || !parsed.success) return this.tell(name, '', 'Failed', { reason: 'SubmissionFailed', message: failure ?? '' });
    await this.tell(name, 'PENDING', 'Initializing');
    const { env_vars: variables } = environmentSchema.parse(JSON.parse(parsed.data.runtimeEnvYAML));
    const session = this.settings.session(JSON.parse(variables['FLOWBENCH_DRIVER_SESSION'] ?? '{}') as Record<string, unknown>);
    const env = { ...this.settings.environment, ...variables, FLOWBENCH_DRIVER_SESSION: JSON.stringify(session) };
    const child = spawn('sh', ['-c', this.settings.here(parsed.data.entrypoint)], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const job = { child, log: '', exitCode: null as number | null };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { job.log += chunk.toString('utf8'); });
    child.once('exit', (code) => { job.exitCode = code ?? 137; });
    this.jobs.set(name, job);
    await this.tell(name, 'RUNNING', 'Running');
  }

  /** A job that is deleted is stopped, as KubeRay's finalizer does. */
  private sweep(known: readonly Stored[]): void {
    for (const [name, { child }] of this.jobs) if (!known.some(({ metadata }) => metadata.name === name)) kill(child);
  }

  private async tell(name: string, jobStatus: string, jobDeploymentStatus: string, more: { readonly reason?: string; readonly message?: string } = {}): Promise<void> {
    this.states.set(name, [...(this.states.get(name) ?? []), jobStatus === '' ? jobDeploymentStatus : jobStatus]);
    const status = { jobStatus, jobDeploymentStatus, jobId: name, dashboardURL: `127.0.0.1:${this.settings.port}`, ...more };
    await this.settings.api.ok('PATCH', `${this.path('rayjobs', name)}/status`, { body: { status }, contentType: MERGE });
  }

  private async list(resource: string): Promise<readonly Stored[]> {
    return (await this.settings.api.ok<{ items: Stored[] }>('GET', this.path(resource))).items;
  }

  private path(resource: string, name = ''): string {
    return `${GROUP}/${this.settings.namespace}/${resource}${name === '' ? '' : `/${name}`}`;
  }
}

function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(-(child.pid ?? 0), signal);
  } catch {
    // Ended meanwhile.
  }
}
