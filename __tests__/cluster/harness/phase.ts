import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JOB_LABELS } from '../../../workloads/model/job-manifest-names.js';
import { type ResultRow } from '../../../workloads/model/result-row.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { MERGE } from './kube-http.js';
import { type Job, type Pod } from './kube-types.js';
import { eventually, jobsPath, podsPath, uniqueName } from './objects.js';
import { DATASET_BUCKET, type PhaseWish, RESULTS_BUCKET, SAMPLE_PREFIX } from './phase-manifests.js';
import { TestCluster } from './test-cluster.js';

const PROJECT = join(__dirname, '..', '..', '..');
export const DATASET = `s3://${DATASET_BUCKET}/${SAMPLE_PREFIX}`;

/** How a command of `flowbench` ended. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs, and may be sent a signal. */
export interface RunningCommand {
  readonly end: Promise<CommandEnd>;
  /** Resolves when a line on standard error matches. */
  saying(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * A deployed phase α, from the side of a user: a laptop with a kubeconfig and credentials for the results bucket,
 * and the built `flowbench`. Coordinators and workers are the project's images, under their own accounts and Role.
 */
export class Phase {
  readonly outDir = mkdtempSync(join(tmpdir(), 'flowbench-phase-'));

  private constructor(readonly cluster: TestCluster, readonly namespace: string) {}

  /** @param wish another phase than α; its port is its own, as coordinators of several clusters listen on one machine */
  static async deploy(name: string, wish?: PhaseWish): Promise<Phase> {
    const cluster = await TestCluster.shared();
    const phase = new Phase(cluster, uniqueName(name));
    await cluster.controls.useOwnImages();
    await cluster.controls.makePhase(phase.namespace, wish ?? { phase: 'alpha', port: await reservedPort() });
    return phase;
  }

  /** Starts `flowbench COMMAND … --kubeconfig … --namespace …` with some of the sample's queries. */
  start(command: string, ...args: readonly string[]): RunningCommand {
    const { kubeconfig, s3Environment } = this.cluster.facts;
    const where = ['--kubeconfig', kubeconfig, '--namespace', this.namespace];
    return follow(['bin/flowbench.js', command, ...where, ...args], { PATH: process.env.PATH, HOME: process.env.HOME, ...s3Environment });
  }

  /** `flowbench run --target kubernetes` with one thread for each worker, and results below {@link outDir}. */
  startRun(...args: readonly string[]): RunningCommand {
    return this.start('run', '--target', 'kubernetes', '--dataset', DATASET, '--threads-per-worker', '1', '--out', this.outDir, ...args);
  }

  run(...args: readonly string[]): Promise<CommandEnd> {
    return this.startRun(...args).end;
  }

  /** A small run that nobody waits for; answers its id. */
  async detached(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.run('--detach', ...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** Where the results bucket has a folder for each run. */
  get runsInBucket(): string {
    return join(this.cluster.facts.s3Folder, RESULTS_BUCKET, 'runs');
  }

  /** Rows that a run has in the results bucket, or those that were brought home. */
  rows(runId: string, from: 'bucket' | 'home' = 'bucket'): ResultRow[] {
    const folder = join(from === 'home' ? this.outDir : this.runsInBucket, runId);
    return rowsBelow(folder);
  }

  /** Jobs of a component that are there now. */
  async jobs(component: 'coordinator' | 'flow-worker'): Promise<readonly Job[]> {
    return this.list<Job>(jobsPath(this.namespace), component);
  }

  async pods(component: 'coordinator' | 'flow-worker'): Promise<readonly Pod[]> {
    return this.list<Pod>(podsPath(this.namespace), component);
  }

  /** Waits for a pod of a component with a process. */
  runningPod(component: 'coordinator' | 'flow-worker', but: readonly string[] = []): Promise<Pod> {
    return eventually(`a ${component} that runs`, async () => {
      const pods = await this.pods(component);
      return pods.find(({ status, metadata }) => status?.phase === 'Running' && !but.includes(metadata?.name ?? ''));
    }, 120_000);
  }

  /** Waits for a worker of one stage of one repetition, `Q6-1-1`. */
  measuredPod(stage: string): Promise<Pod> {
    return eventually(`a worker of ${stage}`, async () => (await this.pods('flow-worker')).find(({ status, metadata }) => status?.phase === 'Running' && metadata?.labels?.['flowbench/query'] === stage), 120_000);
  }

  /** Deletes coordinators, and with them everything that they own. */
  async removeRuns(): Promise<void> {
    await this.cluster.api.ok('DELETE', jobsPath(this.namespace), { query: { labelSelector: 'app.kubernetes.io/component=coordinator', propagationPolicy: 'Background' } });
    await eventually('the end of coordinators', async () => (await this.pods('coordinator')).length === 0, 120_000);
  }

  /** What runs left that should be gone. A Job whose results were collected stays for some minutes, for whoever wants to look at it. */
  async leftovers(): Promise<readonly (string | undefined)[]> {
    const isGoing = ({ metadata }: Job): boolean => metadata?.deletionTimestamp === undefined && metadata?.labels?.[JOB_LABELS.collected] === undefined;
    const { items } = await this.cluster.api.ok<{ items: { metadata: { name: string } }[] }>('GET', `/api/v1/namespaces/${this.namespace}/configmaps`, { query: { labelSelector: JOB_LABELS.run } });
    return [...(await this.jobs('flow-worker')).filter(isGoing).map(({ metadata }) => metadata?.name), ...items.map(({ metadata }) => metadata.name)];
  }

  /** What a coordinator's pod wrote. */
  log(pod: Pod): Promise<string> {
    return this.cluster.api.ok<string>('GET', `${podsPath(this.namespace, pod.metadata?.name)}/log`);
  }

  /** Waits for the end of a run's coordinator; answers what its Job says, and what its last pod said. */
  async ended(runId: string): Promise<{ readonly isComplete: boolean; readonly log: string }> {
    const job = await eventually(`the end of run ${runId}`, async () => {
      const jobs = await this.jobs('coordinator');
      const own = jobs.find(({ metadata }) => metadata?.labels?.['flowbench/run'] === runId);
      return own?.status?.conditions?.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed')) === true ? own : null;
    }, 120_000);
    const pods = (await this.pods('coordinator')).filter(({ metadata }) => metadata?.labels?.['flowbench/run'] === runId);
    const last = [...pods].sort((a, b) => (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? '')).at(-1);
    return { isComplete: job.status?.succeeded === 1, log: last === undefined ? '' : await this.log(last) };
  }

  /** Changes the rules of the coordinator's Role while `work` goes on. */
  async withoutVerb<T>(verb: string, resource: string, work: () => Promise<T>): Promise<T> {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${this.namespace}/roles/coordinator`;
    const role = await this.cluster.api.ok<{ rules: { resources: string[]; verbs: string[] }[] }>('GET', path);
    const rules = role.rules.map((rule) => (rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule));
    if (JSON.stringify(rules) === JSON.stringify(role.rules)) throw new Error(`the Role has no ${verb} on ${resource} that could be taken from it`);
    await this.cluster.api.ok('PATCH', path, { body: { rules }, contentType: MERGE });
    try {
      return await work();
    } finally {
      await this.cluster.api.ok('PATCH', path, { body: { rules: role.rules }, contentType: MERGE });
    }
  }

  private async list<Item>(path: string, component: string): Promise<readonly Item[]> {
    const { items } = await this.cluster.api.ok<{ items: Item[] }>('GET', path, { query: { labelSelector: `app.kubernetes.io/component=${component}` } });
    return items;
  }
}

function follow(args: readonly string[], environment: NodeJS.ProcessEnv): RunningCommand {
  const child = spawn(process.execPath, args, { cwd: PROJECT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString('utf8'); });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
    for (const listener of listeners) listener();
  });
  const end = new Promise<CommandEnd>((resolve) => { child.once('close', (exitCode) => { resolve({ exitCode, stdout, stderr }); }); });
  const saying = (pattern: RegExp): Promise<string> => new Promise((resolve, reject) => {
    const look = (): void => {
      const found = pattern.exec(stderr);
      if (found !== null) { listeners.delete(look); resolve(found[0]); }
    };
    listeners.add(look);
    look();
    void end.then(() => { reject(new Error(`it ended without saying ${String(pattern)}:\n${stderr}`)); });
  });
  return { end, saying, kill: (signal) => { child.kill(signal); } };
}

/** Rows are lines of one file at home and at the end of a run; in S3 they are one object each until then. */
function rowsBelow(folder: string): ResultRow[] {
  const file = join(folder, 'results.ndjson');
  const objects = join(folder, 'rows');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : [];
  if (lines.length > 0 || !existsSync(objects)) return lines.map((text) => JSON.parse(text) as ResultRow);
  // Of a run that is not over: each row lies in an object of its own, with its units.
  return readdirSync(objects).map((name) => (JSON.parse(readFileSync(join(objects, name), 'utf8')) as { readonly row: ResultRow }).row);
}
