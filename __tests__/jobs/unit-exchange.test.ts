import { type TerraformStack } from 'cdktf';
import { BenchNamespace } from '../../constructs/jobs/bench-namespace.js';
import { UnitExchange } from '../../constructs/jobs/unit-exchange.js';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { type CronJob, type Job } from '../../workloads/model/job-manifest-types.js';
import { warmUrl, warmWorkerJob } from '../../workloads/model/job-manifest-warm.js';
import { benchNamespace } from '../../workloads/model/physical-names.js';
import { manifestsOf } from '../infrastructure/kubernetes-manifests.js';
import { manifestProblems } from '../infrastructure/kubernetes-schema.js';
import { synthesised } from '../stacks/stacks-of.js';
import { CLUSTER, stackOf } from './support.js';

type Labels = Readonly<Record<string, string>>;
interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly podSelector: { readonly matchLabels?: Labels };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
}
interface Peer {
  readonly podSelector?: { readonly matchLabels: Labels };
  readonly namespaceSelector?: { readonly matchLabels: Labels };
}
interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly type: string; readonly selector: Labels; readonly ports: readonly { readonly port: number; readonly targetPort: number }[] };
}

const NAMESPACE = benchNamespace('alpha');
const alpha = manifestsOf(synthesised('alpha-stack').json).map(({ manifest }) => manifest);
const ofKind = <Kind>(kind: string): Kind[] => alpha.filter((one) => one.kind === kind) as unknown as Kind[];

const [cronJob] = ofKind<CronJob>('CronJob');
const coordinator = cronJob?.spec.jobTemplate.spec.template;
const [templateMap] = ofKind<{ readonly data: Labels }>('ConfigMap');
const template = JSON.parse(templateMap?.data[JOB_NAMES.templateKey] ?? '') as Job;
const worker = warmWorkerJob(template, { name: 'warm-run-1', runId: 'run', sessionId: 's', generation: 1, workers: 1, url: warmUrl(NAMESPACE), token: 't' }).spec.template;

const matches = (labels: Labels, selector: { readonly matchLabels?: Labels } | undefined): boolean => Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);

/** What Kubernetes' own rules say: a pod that some policy selects is open for what one of those policies allows. */
function lets(direction: 'ingress' | 'egress', policies: readonly Policy[], pod: Labels, peer: Labels | 'outside', protocol: string, port: number): boolean {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const selecting = policies.filter(({ spec }) => spec.policyTypes.includes(type) && matches(pod, spec.podSelector));
  if (selecting.length === 0) return true;
  return selecting.flatMap(({ spec }) => spec[direction] ?? []).some((rule) => {
    const peers = direction === 'ingress' ? rule.from : rule.to;
    const isPeer = peers === undefined || (peer !== 'outside' && peers.some((one) => one.namespaceSelector === undefined && matches(peer, one.podSelector)));
    return isPeer && (rule.ports === undefined || rule.ports.some((one) => one.protocol === protocol && one.port === port));
  });
}

const policies = ofKind<Policy>('NetworkPolicy');
const COORDINATOR = coordinator?.metadata.labels ?? {};
const WORKER = worker.metadata.labels;
const STRANGER: Labels = { app: 'somebody' };

describe('the Service of the coordinator', () => {
  const [service] = ofKind<Service>('Service');

  it('leads to coordinators of the phase, to the port that they listen on, within the cluster alone', () => {
    expect(service).toMatchObject({ metadata: { name: 'coordinator', namespace: NAMESPACE }, spec: { type: 'ClusterIP' } });
    const [container] = coordinator?.spec.containers ?? [];
    expect(service?.spec.ports.map(({ targetPort }) => targetPort)).toEqual(container?.ports?.map(({ containerPort }) => containerPort));
    expect(matches(COORDINATOR, { matchLabels: service?.spec.selector ?? { nothing: 'selected' } })).toBe(true);
    expect(matches(WORKER, { matchLabels: service?.spec.selector ?? {} })).toBe(false);
  });

  it('is where the coordinator is told that its pods find it', () => {
    const env = coordinator?.spec.containers[0]?.env ?? [];
    const url = new URL(env.find(({ name }) => name === 'FLOWBENCH_WARM_URL')?.value ?? '');
    expect([url.hostname, Number(url.port)]).toEqual([`${service?.metadata.name}.${service?.metadata.namespace}.svc`, service?.spec.ports[0]?.port]);
  });

  it('is no part of a phase without workers of ours', () => {
    expect(manifestsOf(synthesised('gamma-stack').json).filter(({ manifest }) => manifest.kind === 'Service')).toEqual([]);
  });
});

describe('the network policies of the phase', () => {
  it('are what the API takes', () => {
    expect(alpha.filter(({ kind }) => kind === 'NetworkPolicy' || kind === 'Service').flatMap(manifestProblems)).toEqual([]);
  });

  it.each<[string, boolean, 'ingress' | 'egress', Labels, Labels | 'outside', string, number]>([
    ['a worker to the coordinator', true, 'ingress', COORDINATOR, WORKER, 'TCP', 8470],
    ['a worker to another port of the coordinator', false, 'ingress', COORDINATOR, WORKER, 'TCP', 9229],
    ['a coordinator to another', false, 'ingress', COORDINATOR, COORDINATOR, 'TCP', 8470],
    ['a stranger to the coordinator', false, 'ingress', COORDINATOR, STRANGER, 'TCP', 8470],
    ['the world to the coordinator', false, 'ingress', COORDINATOR, 'outside', 'TCP', 8470],
    ['a worker to a worker', false, 'ingress', WORKER, WORKER, 'TCP', 8470],
    ['a worker out to the coordinator', true, 'egress', WORKER, COORDINATOR, 'TCP', 8470],
    ['a worker out to S3', true, 'egress', WORKER, 'outside', 'TCP', 443],
    ['a worker out to a name server', true, 'egress', WORKER, 'outside', 'UDP', 53],
    ['a worker out to the metadata of its node', false, 'egress', WORKER, 'outside', 'TCP', 80],
    ['a worker out to a stranger', false, 'egress', WORKER, STRANGER, 'TCP', 8470],
    ['a coordinator out to the API server', true, 'egress', COORDINATOR, 'outside', 'TCP', 443],
  ])('decide on %s: %s', (_what, expected, direction, pod, peer, protocol, port) => {
    expect(lets(direction, policies, pod, peer, protocol, port)).toBe(expected);
  });

  it('would let others in beside them, were the namespace open to the project', () => {
    const open = stackOf((scope: TerraformStack) => {
      const namespace = new BenchNamespace(scope, 'Namespace', { cluster: CLUSTER, name: NAMESPACE });
      new UnitExchange(scope, 'Units', { namespace });
    });
    const found = manifestsOf(open.json).map(({ manifest }) => manifest).filter(({ kind }) => kind === 'NetworkPolicy') as unknown as Policy[];
    const fromNamespaces = found.flatMap(({ spec }) => spec.ingress ?? []).flatMap((rule) => rule.from ?? []).filter((peer) => peer.namespaceSelector !== undefined);
    expect(fromNamespaces).toHaveLength(1);
    expect(policies.flatMap(({ spec }) => spec.ingress ?? []).flatMap((rule) => rule.from ?? []).filter((peer) => peer.namespaceSelector !== undefined)).toEqual([]);
  });
});
