import { messageOf } from '../../model/errors.js';
import { type StackName } from '../../model/physical-names.js';
import { type DestroyOutcome, destroyArguments, isStuckInsideCluster, stateRemovalRunbook } from './destroy.js';

/** The cluster of a phase. Stacks without one have none. */
export interface StackCluster {
  readonly name: string;
  /** Made by the stack, rather than attached to: only then does it end with the stack. */
  readonly isOwn: boolean;
}

/** Everything outside that a teardown touches. Each call may be repeated. */
export interface TeardownWorld {
  clusterExists(name: string): Promise<boolean>;
  /** Removes Spark, Ray and Job resources; a sentence about what went. */
  removeWorkloads(cluster: string): Promise<string>;
  destroy(stack: StackName): Promise<DestroyOutcome>;
  /** Node groups and machines of the cluster, and itself, that are still there. */
  remainsOf(cluster: string): Promise<readonly string[]>;
  /** Deletes what appears after the cluster is gone; names of it. */
  sweep(cluster: string): Promise<readonly string[]>;
  sleep(ms: number): Promise<void>;
}

export interface StepOutcome {
  /** False ends the teardown: what follows needs it. */
  readonly ok: boolean;
  readonly said: string;
}

export interface TeardownStep {
  readonly title: string;
  /** Why it stands where it does. */
  readonly why: string;
  run(world: TeardownWorld): Promise<StepOutcome>;
}

export interface StepOptions {
  readonly stack: StackName;
  readonly cluster?: StackCluster;
  /** Leaves the inside of the cluster alone, when its API cannot be reached from here. */
  readonly skipKubernetes?: boolean;
  /** More arguments of `cdktf destroy`. */
  readonly cdktfArguments?: readonly string[];
}

const done = (said: string): StepOutcome => ({ ok: true, said });
const stopped = (said: string): StepOutcome => ({ ok: false, said });

/** The steps that take one stack down, in their order. Each is safe to repeat, and says when there is nothing to do. */
export function teardownSteps(options: StepOptions): TeardownStep[] {
  const { cluster, stack } = options;
  const own = cluster?.isOwn === true ? cluster.name : undefined;
  return [
    ...(cluster === undefined || options.skipKubernetes === true ? [] : [workloadsStep(cluster)]),
    destroyStep(stack, own, options.cdktfArguments ?? []),
    ...(own === undefined ? [] : [waitStep(own), sweepStep(own)]),
  ];
}

function workloadsStep({ name, isOwn }: StackCluster): TeardownStep {
  return {
    title: `Delete Spark, Ray and Job resources in cluster ${name}`,
    why: 'their operators run the finalizers, and Terraform uninstalls the operators without knowing of them',
    run: async (world) => {
      if (!(await world.clusterExists(name))) return done(`Cluster ${name} is gone already.`);
      try {
        return done(await world.removeWorkloads(name));
      } catch (error) {
        const problem = `The API of cluster ${name} could not be used (${messageOf(error)})`;
        // What is inside our own cluster goes with it; a cluster that stays would keep it.
        return isOwn ? done(`${problem}; what is inside goes with the cluster.`) : stopped(`${problem}. Make it reachable, or leave what is inside with --no-kubernetes.`);
      }
    },
  };
}

function destroyStep(stack: StackName, cluster: string | undefined, more: readonly string[]): TeardownStep {
  return {
    title: `npx cdktf ${destroyArguments(stack, more).join(' ')}`,
    why: 'everything else is in the Terraform state',
    run: async (world) => {
      const first = await world.destroy(stack);
      if (first.exitCode === 0) return done(`${stack} is destroyed.`);
      if (isStuckInsideCluster(first.tail)) return stopped(stateRemovalRunbook(stack));
      if (cluster === undefined || (await world.clusterExists(cluster))) return stopped(failed(stack, first.exitCode));
      // The cluster went, something else did not: interfaces and groups that it left behind hold subnets and VPC.
      const swept = await world.sweep(cluster);
      const second = await world.destroy(stack);
      return second.exitCode === 0 ? done(`${stack} is destroyed, at the second try${swept.length === 0 ? '' : `, after ${swept.join(', ')} went`}.`) : stopped(failed(stack, second.exitCode));
    },
  };
}

const failed = (stack: StackName, exitCode: number): string =>
  `cdktf destroy ${stack} ended with exit code ${exitCode}; its output is above. What is left still costs: see docs/when-destroy-gets-stuck.md, then repeat this command.`;

const POLL_MS = 15_000;
const WAIT_MS = 20 * 60_000;

function waitStep(cluster: string): TeardownStep {
  return {
    title: `Wait until cluster ${cluster}, its node groups and its machines are gone`,
    why: 'a machine that is shutting down still holds its interface, and the interface its subnet',
    run: async (world) => {
      for (let waitedMs = 0; ; waitedMs += POLL_MS) {
        const remains = await world.remainsOf(cluster);
        if (remains.length === 0) return done('They are gone.');
        if (waitedMs >= WAIT_MS) return stopped(`Still there after ${WAIT_MS / 60_000} minutes: ${remains.join(', ')}. Repeat this command later.`);
        await world.sleep(POLL_MS);
      }
    },
  };
}

function sweepStep(cluster: string): TeardownStep {
  return {
    title: `Sweep what AWS leaves or makes late: log group /aws/eks/${cluster}/cluster, interfaces of the CNI, the group that EKS made`,
    why: 'late audit events make the log group again, and none of these is in the state',
    run: async (world) => {
      const swept = await world.sweep(cluster);
      return done(swept.length === 0 ? 'There is none.' : `Deleted ${swept.join(', ')}.`);
    },
  };
}

/** Runs the steps until one stops; a step that throws stops too. */
export async function runSteps(steps: readonly TeardownStep[], world: TeardownWorld, tell: (line: string) => void): Promise<boolean> {
  for (const [index, step] of steps.entries()) {
    tell(`[${index + 1}/${steps.length}] ${step.title}`);
    const { ok, said } = await step.run(world);
    tell(`      ${said}`);
    if (!ok) return false;
  }
  return true;
}

/** The steps as a person reads them before anything is done. */
export function renderSteps(steps: readonly TeardownStep[]): string {
  return steps.map(({ title, why }, index) => `${index + 1}. ${title}\n   (${why})`).join('\n');
}
