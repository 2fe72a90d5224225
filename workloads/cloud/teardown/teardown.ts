import { clusterName, type Phase, PHASES, type StackName, STACKS } from '../../model/physical-names.js';
import { type CloudAccess } from '../access.js';
import { requireCaller } from '../caller.js';
import { clusterOfTags } from '../inventory/belonging.js';
import { cloudClients, type CloudClients } from '../inventory/clients.js';
import { instances } from '../inventory/compute.js';
import { eksClusters, eksNodeGroups } from '../inventory/eks.js';
import { RESOURCE_KINDS } from '../inventory/resource.js';
import { takeInventory } from '../inventory/take-inventory.js';
import { actualCosts, estimatePhases, type PhaseEstimate } from './costs.js';
import { removeWorkloads } from './custom-resources.js';
import { cdktfDestroy } from './destroy.js';
import { sweepLateThings } from './late-things.js';
import { renderCosts } from './render-costs.js';
import { renderSteps, runSteps, type StackCluster, type TeardownStep, teardownSteps, type TeardownWorld } from './steps.js';
import { verifyWith } from './verify.js';

export interface TeardownOptions {
  readonly access: CloudAccess;
  readonly project: string;
  /** One stack; absent: all, phases first and the janitor last. */
  readonly stack?: StackName;
  /** Cluster that the phases are attached to instead of having their own. */
  readonly attachedTo?: string;
  readonly skipKubernetes: boolean;
  /** Asks Cost Explorer, which charges a cent. */
  readonly askCosts: boolean;
  readonly cdktfArguments: readonly string[];
  readonly tell: (line: string) => void;
  readonly sink: (text: string) => void;
}

/** Phases first, for their dollars; guardrails last, for as long as it guards something. */
const ORDER: readonly StackName[] = [
  ...STACKS.filter((stack) => phaseOf(stack) !== undefined), 'results-stack', 'datagen-stack', 'images-stack', 'guardrails-stack',
];

function phaseOf(stack: StackName): Phase | undefined {
  return PHASES.find((phase) => stack === `${phase}-stack`);
}

function clusterOf(stack: StackName, { project, attachedTo }: TeardownOptions): StackCluster | undefined {
  const phase = phaseOf(stack);
  if (phase === undefined) return undefined;
  return attachedTo === undefined ? { name: clusterName(project, phase), isOwn: true } : { name: attachedTo, isOwn: false };
}

function stepsOf(options: TeardownOptions): TeardownStep[] {
  const stacks = options.stack === undefined ? ORDER : [options.stack];
  return stacks.flatMap((stack) => {
    const cluster = clusterOf(stack, options);
    return teardownSteps({ stack, ...(cluster === undefined ? {} : { cluster }), skipKubernetes: options.skipKubernetes, cdktfArguments: options.cdktfArguments });
  });
}

/** What `run` would do, and what the phases have cost until now. */
export async function planTeardown(options: TeardownOptions): Promise<string> {
  const clients = cloudClients(options.access);
  await requireCaller(clients.sts);
  const steps = renderSteps(stepsOf(options));
  const last = `${stepsOf(options).length + 1}. flowbench teardown verify\n   (empty by the AWS API, or it is not over)`;
  return [steps, last, '', await costs(options, await estimateNow(clients, options))].join('\n');
}

/** Takes down, sweeps and verifies. True when nothing is left. */
export async function runTeardown(options: TeardownOptions): Promise<boolean> {
  const clients = cloudClients(options.access);
  await requireCaller(clients.sts);
  // Before anything goes: afterwards nothing tells any more how long it ran.
  const estimates = await estimateNow(clients, options);
  const finished = await runSteps(stepsOf(options), worldOf(clients, options), options.tell);
  const { isClean, text } = await verifyWith(clients, { project: options.project, ...(options.stack === undefined ? { all: true } : { stack: options.stack }) });
  options.tell(text);
  options.tell(await costs(options, estimates));
  return finished && isClean;
}

async function estimateNow(clients: CloudClients, { project }: TeardownOptions): Promise<PhaseEstimate[]> {
  const { resources } = await takeInventory(clients, { project }, [eksClusters, eksNodeGroups]);
  return estimatePhases(resources, project, Date.now());
}

async function costs({ access, project, askCosts }: TeardownOptions, estimates: readonly PhaseEstimate[]): Promise<string> {
  return renderCosts(estimates, askCosts ? await actualCosts(access, project, Date.now()) : { missing: 'Cost Explorer was not asked.' });
}

const PATIENCE_MS = 5 * 60_000;
const POLL_MS = 5_000;

function worldOf(clients: CloudClients, options: TeardownOptions): TeardownWorld {
  const { access, project } = options;
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    sleep,
    destroy: (stack) => cdktfDestroy(stack, options.cdktfArguments, options.sink),
    clusterExists: async (name) => (await import('./workload-api.js')).describeCluster(clients.eks, name).then((cluster) => cluster !== undefined),
    removeWorkloads: (name) => removeWorkloadsOf(clients, access, name, sleep),
    remainsOf: async (cluster) => {
      const { resources, blindSpots } = await takeInventory(clients, { project }, [eksClusters, eksNodeGroups, instances]);
      const remains = resources.filter(({ kind, id, facts, tags }) => (kind === 'eks-cluster' ? id === cluster : facts?.cluster === cluster || clusterOfTags(tags) === cluster));
      return [...remains.map(({ kind, id }) => `${RESOURCE_KINDS[kind]} ${id}`), ...blindSpots.map(({ kind, problem }) => `${RESOURCE_KINDS[kind]}s, perhaps (${problem})`)];
    },
    sweep: async (cluster) => (await sweepLateThings(clients, project, cluster)).map(({ kind, id }) => `${RESOURCE_KINDS[kind]} ${id}`),
  };
}

async function removeWorkloadsOf(clients: CloudClients, access: CloudAccess, name: string, sleep: (ms: number) => Promise<void>): Promise<string> {
  const { describeCluster, workloadApi } = await import('./workload-api.js');
  const cluster = await describeCluster(clients.eks, name);
  if (cluster === undefined) return `Cluster ${name} is gone already.`;
  const { removed, released } = await removeWorkloads(await workloadApi(cluster, access.region), { sleep, patienceMs: PATIENCE_MS, pollMs: POLL_MS });
  const late = released.length === 0 ? '' : ` Their operator did not answer for ${released.join(', ')}: the finalizers were taken off.`;
  return `${removed} deleted.${late}`;
}
