import { type AccountFacts, type Fact } from '../../cloud/index.js';
import { missingForDeploy } from '../../model/bench-config/missing.js';
import { type BenchConfig } from '../../model/bench-config/schema.js';
import { nodeShape } from '../../model/node-shapes.js';
import { datasetParameterName, datasetPrefix, imageParameterName, NOT_YET, OWN_IMAGES } from '../../model/physical-names.js';
import { type Finding } from './finding.js';

const ZONES = 2;
/** The network of a phase, and that of the machines which make datasets. */
const NETWORKS = 2;

/**
 * What an account lacks for the configuration; pure, so that every account can be tried. Without credentials
 * nothing else can be said of it.
 */
export function awsFindings(config: BenchConfig, facts: AccountFacts): Finding[] {
  const before = [configured(config), credentials(facts)];
  if ('unknown' in facts.caller) return before;
  return [...before, region(config, facts), vcpus(config, facts), networks(config, facts), images(config, facts), datasets(config, facts)];
}

type Verdict = Pick<Finding, 'state' | 'found' | 'remedy'>;

function finding(subject: string, neededFor: string, required: boolean, verdict: Verdict): Finding {
  return { subject, neededFor, required, ...verdict };
}

const ok = (found: string): Verdict => ({ state: 'ok', found, remedy: null });

/** What could not be asked is no reason against a deploy, which asks again. */
function unless<T>(fact: Fact<T>, verdict: (value: T) => Verdict): Verdict {
  if ('unknown' in fact) return { state: 'limited', found: `cannot be told (${fact.unknown})`, remedy: 'Give the caller the right to ask, or look in the console.' };
  return verdict(fact.value);
}

function configured(config: BenchConfig): Finding {
  const missing = missingForDeploy(config);
  const { owner = 'no owner', adminCidrs = ['nowhere'] } = config;
  const found = `${owner}, reachable from ${config.cluster.attachTo === undefined ? adminCidrs.join(', ') : `where ${config.cluster.attachTo} is`}`;
  return finding('Configuration', 'every deploy', true, missing.length === 0 ? ok(found) : { state: 'missing', found, remedy: missing.join(' ') });
}

function credentials({ caller }: AccountFacts): Finding {
  const base = ['AWS credentials', 'every deploy', true] as const;
  if ('unknown' in caller) return finding(...base, { state: 'missing', found: caller.unknown, remedy: 'Log in ("aws sso login", "aws configure"), or set AWS_PROFILE.' });
  const { accountId, arn } = caller.value;
  const isRoot = arn.endsWith(':root');
  const found = `account ${accountId}, ${arn.split(':').at(-1) ?? ''}`;
  return finding(...base, isRoot ? { state: 'missing', found, remedy: 'Use a role or a user: EKS gives root no access entry.' } : ok(found));
}

function region(config: BenchConfig, { zones }: AccountFacts): Finding {
  return finding('Region', 'clusters, in two availability zones', true, unless(zones, (names) => {
    const found = `${config.region}: ${names.length} zones`;
    const absent = (config.cluster.availabilityZones ?? []).filter((zone) => !names.includes(zone));
    if (names.length < ZONES) return { state: 'missing', found, remedy: 'Choose a region with two availability zones.' };
    return absent.length === 0 ? ok(found) : { state: 'missing', found: `${found}, not ${absent.join(', ')}`, remedy: `Choose two of ${names.join(', ')} as cluster.availabilityZones.` };
  }));
}

function vcpus({ cluster }: BenchConfig, { vcpuQuota, vcpusInUse }: AccountFacts): Finding {
  const size = (type: string): number => nodeShape(type)?.vcpus ?? 0;
  const needed = cluster.attachTo === undefined ? cluster.workers * size(cluster.nodeType) + size(cluster.systemNodeType) : 0;
  return finding('vCPU quota', `${needed} vCPUs for one phase (${cluster.workers} × ${cluster.nodeType} and one ${cluster.systemNodeType})`, true, unless(vcpuQuota, (quota) => {
    const used = 'value' in vcpusInUse ? vcpusInUse.value : 0;
    const found = `${quota} (${used} in use)`;
    if (quota - used >= needed) return ok(found);
    return { state: 'missing', found, remedy: `Ask Service Quotas for ${used + needed} vCPUs of running on-demand standard instances (L-1216C47A), or take fewer workers.` };
  }));
}

function networks({ cluster }: BenchConfig, { vpcQuota, vpcs }: AccountFacts): Finding {
  const needed = cluster.attachTo === undefined ? NETWORKS : NETWORKS - 1;
  return finding('VPC quota', 'a network per phase, and one for machines that make datasets', true, unless(vpcQuota, (quota) => unless(vpcs, ({ all, ours }) => {
    const found = `${quota} (${all} in use, ${ours} of them ours)`;
    if (quota - all + ours >= needed) return ok(found);
    return { state: 'missing', found, remedy: `Ask Service Quotas for ${all - ours + needed} VPCs per region (L-F678F1CE), or delete one that nobody uses.` };
  })));
}

function images({ project }: BenchConfig, facts: AccountFacts): Finding {
  return finding('Images', 'deploying a phase', false, unless(facts.images, (values) => {
    const absent = OWN_IMAGES.filter((image) => isAbsent(values[imageParameterName(project, image)]));
    const found = `${OWN_IMAGES.length - absent.length} of ${OWN_IMAGES.length} published`;
    return absent.length === 0 ? ok(found) : { state: 'limited', found, remedy: `Deploy images-stack, then run "flowbench images publish" (${absent.join(', ')}).` };
  }));
}

function datasets({ project, datasets: wanted }: BenchConfig, facts: AccountFacts): Finding {
  return finding('Datasets', 'deploying a phase', false, unless(facts.datasets, (values) => {
    const absent = wanted.filter(({ scaleFactor, numeric }) => isAbsent(values[datasetParameterName(project, datasetPrefix(scaleFactor, numeric))]));
    const found = `${wanted.length - absent.length} of ${wanted.length} verified`;
    if (absent.length === 0) return ok(found);
    return { state: 'limited', found, remedy: `Deploy datagen-stack, then run ${absent.map(({ scaleFactor }) => `"flowbench datagen --target ec2 --sf ${scaleFactor}"`).join(', ')}.` };
  }));
}

const isAbsent = (value: string | undefined): boolean => value === undefined || value === NOT_YET;
