import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';
import { TEST_SETTINGS } from '../control-plane/control-plane.js';
import { type ClusterControls, type ClusterFacts, type ClusterSettings, CONTROL_NAMES } from './controls.js';
import { KubeHttp } from './kube-http.js';

const DEFAULTS: ClusterSettings = { controlPlane: TEST_SETTINGS, workers: 4, heartbeatMs: 4_000 };
/** Where the test files of one process find the cluster that the first of them started: jest gives each its own memory. */
const SHARED = join(tmpdir(), `test-cluster-${process.env.JEST_WORKER_ID ?? '1'}.json`);

/** A running test cluster, from the side of a test. */
export class TestCluster {
  private constructor(private readonly end: () => Promise<void>, readonly facts: ClusterFacts, readonly controls: ClusterControls, readonly api: KubeHttp) {}

  /** Starts one of your own. Throws one line saying what is missing where it cannot be. */
  static async start(settings: Partial<ClusterSettings> = {}): Promise<TestCluster> {
    const { child, url } = await spawnHost({ ...DEFAULTS, ...settings });
    return TestCluster.at(url, () => stop(child));
  }

  /** The one cluster of a process that runs tests: the first that asks starts it, and it ends with the run. */
  static async shared(): Promise<TestCluster> {
    if (!existsSync(SHARED)) {
      const { child, url } = await spawnHost(DEFAULTS);
      // It must not keep the run from ending; it ends when this process does, by the end of its input.
      child.unref();
      for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref();
      writeFileSync(SHARED, JSON.stringify({ url }));
    }
    const { url } = JSON.parse(readFileSync(SHARED, 'utf8')) as { url: string };
    return TestCluster.at(url, () => Promise.resolve());
  }

  private static async at(url: string, end: () => Promise<void>): Promise<TestCluster> {
    const controls = controlsAt(url);
    const facts = await controls.facts();
    return new TestCluster(end, facts, controls, KubeHttp.fromKubeconfig(facts.kubeconfig));
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.end();
  }
}

type Host = ChildProcessByStdio<Writable, Readable, null>;

async function spawnHost(settings: ClusterSettings): Promise<{ readonly child: Host; readonly url: string }> {
  const preload = join(__dirname, '..', '..', 'fixtures', 'run-typescript.cjs');
  const child = spawn(process.execPath, ['-r', preload, join(__dirname, 'serve.ts'), JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: outerTemporaryFolder() },
  });
  for await (const line of createInterface({ input: child.stdout })) return { child, ...(JSON.parse(line) as { url: string }) };
  throw new Error('The test cluster did not start; its own words are above.');
}

/** A run of tests removes its own temporary folder at its end, which is before the cluster's. */
function outerTemporaryFolder(): string {
  return basename(tmpdir()).startsWith('flowbench-tests-') ? dirname(tmpdir()) : tmpdir();
}

async function stop(child: Host): Promise<void> {
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  child.stdin.end();
  if (child.exitCode === null) await gone;
}

/** Each control as a call to the process that owns the cluster. */
function controlsAt(url: string): ClusterControls {
  const call = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(`${url}/${name}`, { method: 'POST', body: JSON.stringify(args) });
    const { result, error } = (await response.json()) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
  return Object.fromEntries(CONTROL_NAMES.map((name) => [name, (...args: unknown[]) => call(name, args)])) as unknown as ClusterControls;
}
