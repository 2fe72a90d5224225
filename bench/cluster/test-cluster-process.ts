import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';
import { packageRoot } from '../../workloads/cli/version.js';
import { FlowbenchError } from '../../workloads/model/errors.js';

/** Settings of a control plane; what is null is as it comes. */
export interface ControlPlaneSettings {
  readonly jobBackoffMs: number | null;
  readonly nodeGraceSeconds: number | null;
  readonly lostNodeTolerationSeconds: number | null;
}

export interface ClusterFacts {
  readonly kubeconfig: string;
  readonly settings: string;
  readonly s3Environment: Readonly<Record<string, string>>;
}

type Host = ChildProcessByStdio<Writable, Readable, null>;

/**
 * The test cluster, which is equipment of the tests and no part of what is built: it runs from its sources as a
 * process of its own, so that nothing of it counts as the coordinator's.
 */
export class TestClusterProcess {
  private constructor(private readonly child: Host, private readonly url: string, readonly facts: ClusterFacts) {}

  static async start(controlPlane: ControlPlaneSettings): Promise<TestClusterProcess> {
    const tests = join(packageRoot(), '__tests__');
    const settings = JSON.stringify({ controlPlane, workers: NODES, heartbeatMs: HEARTBEAT_MS });
    const child = spawn(process.execPath, ['-r', join(tests, 'fixtures', 'run-typescript.cjs'), join(tests, 'cluster', 'harness', 'serve.ts'), settings], { stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { url: string };
      return new TestClusterProcess(child, url, (await tell(url, 'facts')) as ClusterFacts);
    }
    throw new FlowbenchError('configuration', 'The test cluster did not start; its own words are above.');
  }

  /** One of the cluster's controls. */
  control(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return tell(this.url, name, ...args);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => { this.child.once('exit', resolve); });
    this.child.stdin.end();
    if (this.child.exitCode === null) await gone;
  }
}

/** Room for a thousand pods of 58 a node. */
const NODES = 20;
const HEARTBEAT_MS = 4_000;

async function tell(url: string, name: string, ...args: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${url}/${name}`, { method: 'POST', body: JSON.stringify(args) });
  const { result, error } = (await response.json()) as { result?: unknown; error?: string };
  if (error !== undefined) throw new FlowbenchError('infrastructure', error);
  return result;
}
