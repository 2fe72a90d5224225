import { DEFAULT_KUBERNETES_VERSION, KUBERNETES_VERSIONS, NODE_AMI_TYPES, PRICES } from '../../images/versions.js';
import { checkBenchConfig } from '../../workloads/model/bench-config/check.js';
import { missingForDeploy } from '../../workloads/model/bench-config/missing.js';
import { type BenchConfig, benchConfigSchema } from '../../workloads/model/bench-config/schema.js';
import { NODE_SHAPES } from '../../workloads/model/node-shapes.js';
import { BAD_CONFIGURATIONS as BAD, config, REQUIRED, withCluster } from '../fixtures/bad-configurations.js';

const KNOWN = { kubernetesVersions: Object.keys(KUBERNETES_VERSIONS) };

function problemsOf(input: unknown): readonly string[] {
  const checked = checkBenchConfig(input, KNOWN);
  return 'problems' in checked ? checked.problems : [];
}

function accepted(input: unknown): BenchConfig {
  const checked = checkBenchConfig(input, KNOWN);
  if ('problems' in checked) throw new Error(checked.problems.join('\n'));
  return checked.config;
}

describe('a configuration with a problem', () => {
  it.each(BAD)('is refused, with all of them: %s', (_what, input, sentences) => {
    expect(problemsOf(input)).toEqual(sentences);
  });

  it('is not changed by being checked', () => {
    const input = withCluster({ workers: 0, worker: 1 });
    const before = structuredClone(input);
    problemsOf(input);
    expect(input).toEqual(before);
  });

  it('is told in sentences of one form', () => {
    const form = /^[\w.]+: .*(is missing; |; |\w: ).*[.?]$/;
    const sentences = BAD.flatMap(([, , expected]) => expected);
    expect(sentences.filter((sentence) => !form.test(sentence))).toEqual([]);
    expect(BAD.length).toBeGreaterThanOrEqual(60);
  });
});

const GOOD: readonly (readonly [string, unknown])[] = [
  ['nothing at all', {}],
  ['an owner and an address', REQUIRED],
  ['everybody, said twice', config({ adminCidrs: ['0.0.0.0/0'], allowAnyCidr: true })],
  ['168 hours', config({ lifetimeHours: { phase: 168 } })],
  ['an owner of another script', config({ owner: 'Žofie Nováková' })],
  ['the longest project', config({ project: 'a'.repeat(24) })],
  ['a smaller private network', withCluster({ vpcCidr: '172.31.252.0/22' })],
  ['two zones', withCluster({ availabilityZones: ['us-east-2a', 'us-east-2c'] })],
  ['a cluster that exists', withCluster({ attachTo: 'shared', nodeType: 'c7i.4xlarge', workers: 8 })],
  ['an older Kubernetes with its AMI release', withCluster({ kubernetesVersion: '1.34', nodeReleaseVersion: '1.34.2-20261101' })],
  ['the same scale factor in both number types', config({ datasets: [{ scaleFactor: 1 }, { scaleFactor: 1, numeric: 'double' }] })],
  ['a schedule with everything cron takes', config({ schedule: '*/15 1-5,22 1,15 jan-mar/2 MON-fri' })],
  ['a state in S3', config({ state: { backend: 's3', bucket: 'my-state', region: 'us-east-1' } })],
  ['BigQuery', config({ results: { bigQuery: { projectId: 'my-project', projectNumber: '123456789012', publicRead: true } } })],
];

describe('a configuration without a problem', () => {
  it.each(GOOD)('is accepted: %s', (_what, input) => {
    expect(problemsOf(input)).toEqual([]);
  });

  it('gets every default', () => {
    expect(accepted(REQUIRED)).toMatchObject({
      project: 'ematix-flow-bench', region: 'us-east-2', allowAnyCidr: false, lifetimeHours: { phase: 8, retained: 8_760 },
      cluster: { nodeType: 'm5.xlarge', workers: 4, vpcCidr: '10.42.0.0/16' }, datasets: [{ scaleFactor: 10, numeric: 'decimal' }],
      guardrails: { monthlyBudgetUsd: 20, janitorMode: 'report' }, state: { backend: 'local' },
    });
  });
});

describe('what only a deploy asks for', () => {
  it('is missing from an empty configuration, each with what to write', () => {
    expect(missingForDeploy(accepted({}))).toEqual([
      'owner: is missing; write who answers for what is deployed, such as you@example.org. "flowbench init" writes it.',
      'adminCidrs: is missing; write the addresses that may reach the clusters, such as your own as ["203.0.113.4/32"]. "flowbench init" writes it.',
    ]);
  });

  it('is no address where the cluster exists already', () => {
    expect(missingForDeploy(accepted({ owner: 'you', cluster: { attachTo: 'shared' } }))).toEqual([]);
  });

  it('is nothing once both are written', () => {
    expect(missingForDeploy(accepted(REQUIRED))).toEqual([]);
  });
});

describe('the model, which may not read the table of versions', () => {
  it('has the default Kubernetes of the table', () => {
    expect(benchConfigSchema.parse({}).cluster.kubernetesVersion).toBe(DEFAULT_KUBERNETES_VERSION);
    expect(KNOWN.kubernetesVersions).toContain(DEFAULT_KUBERNETES_VERSION);
  });

  it('knows the node types that have a price, each of an architecture that has an image', () => {
    expect(NODE_SHAPES.map(({ type }) => type).sort()).toEqual(Object.keys(PRICES.instanceUsdPerHour).sort());
    expect(NODE_SHAPES.every(({ architecture }) => architecture in NODE_AMI_TYPES)).toBe(true);
  });
});
