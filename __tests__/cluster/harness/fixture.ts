import { reservedPort } from '../../fixtures/reserved-port.js';
import type { Job, JobSpec, Pod } from './kube-types.js';
import { finishedJob, jobsPath, podsOf, podsPath, SHELL_IMAGE, shellJob, uniqueName } from './objects.js';
import { TestCluster } from './test-cluster.js';

/** A cold machine builds the control plane first. */
export const START_TIMEOUT_MS = 25 * 60 * 1_000;

/** A namespace of a suite's own, as alpha-stack makes it, in the cluster that all suites share. */
export class Playground {
  private constructor(readonly cluster: TestCluster, readonly namespace: string) {}

  static async make(name: string, cluster?: TestCluster): Promise<Playground> {
    const chosen = cluster ?? await TestCluster.shared();
    const playground = new Playground(chosen, uniqueName(name));
    await chosen.controls.makePhase(playground.namespace, { phase: 'alpha', port: await reservedPort() });
    return playground;
  }

  /** Makes a Job whose pods run a script; answers its name. */
  async run(script: string, spec: Partial<JobSpec> = {}): Promise<string> {
    await this.cluster.controls.setImage(SHELL_IMAGE, { mounts: [], environment: { FROM_IMAGE: 'yes' } });
    const job = shellJob(uniqueName('job'), script, spec);
    await this.cluster.api.ok('POST', jobsPath(this.namespace), { body: job });
    return job.metadata?.name ?? '';
  }

  finished(job: string, timeoutMs?: number): Promise<Job> {
    return finishedJob(this.cluster.api, this.namespace, job, timeoutMs);
  }

  pods(job: string): Promise<Pod[]> {
    return podsOf(this.cluster.api, this.namespace, job);
  }

  log(pod: Pod | undefined): Promise<string> {
    return this.cluster.api.ok<string>('GET', `${podsPath(this.namespace, pod?.metadata?.name)}/log`);
  }
}

/** Index of a pod in its Job. */
export const indexOf = (pod: Pod): number => Number(pod.metadata?.annotations?.['batch.kubernetes.io/job-completion-index']);
