import { awsFindings } from '../../workloads/cli/doctor/aws-findings.js';
import { awsCommand, docker, terraform } from '../../workloads/cli/doctor/deploy-tool-checks.js';
import { type Finding, type Machine } from '../../workloads/cli/doctor/finding.js';
import { DEPLOY, hasAllRequired, renderFindings } from '../../workloads/cli/doctor/table.js';
import { type AccountFacts } from '../../workloads/cloud/preflight/facts.js';
import { benchConfigSchema, type BenchConfigInput } from '../../workloads/model/bench-config/schema.js';

const READY: AccountFacts = {
  caller: { value: { accountId: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/admin/me' } },
  zones: { value: ['us-east-2a', 'us-east-2b', 'us-east-2c'] },
  vcpuQuota: { value: 64 },
  vcpusInUse: { value: 8 },
  vpcQuota: { value: 5 },
  vpcs: { value: { all: 2, ours: 0 } },
  images: { value: Object.fromEntries(['flow-worker', 'coordinator', 'spark', 'daft'].map((image) => [`/ematix-flow-bench/images/${image}`, 'repository@sha256:0'])) },
  datasets: { value: { '/ematix-flow-bench/datasets/tpch/sf10': 'sha256:1' } },
};

function examined(facts: Partial<AccountFacts> = {}, config: BenchConfigInput = {}): readonly Finding[] {
  return awsFindings(benchConfigSchema.parse({ owner: 'me', adminCidrs: ['203.0.113.4/32'], ...config }), { ...READY, ...facts });
}

function found(subject: string, findings: readonly Finding[]): Finding {
  const one = findings.find((finding) => finding.subject === subject);
  if (one === undefined) throw new Error(`nothing was said about ${subject}`);
  return one;
}

describe('an account that has everything', () => {
  it('is ok in every respect, and a deploy can start', () => {
    expect(examined().filter(({ state, remedy }) => state !== 'ok' || remedy !== null)).toEqual([]);
    expect(renderFindings(examined(), DEPLOY)).toContain('A deploy can start.');
  });
});

const SHORTAGES: readonly (readonly [string, string, readonly Finding[], Partial<Finding>, RegExp])[] = [
  ['no owner', 'Configuration', examined({}, { owner: undefined }), { state: 'missing', required: true }, /owner: is missing.*flowbench init/],
  ['no credentials', 'AWS credentials', examined({ caller: { unknown: 'Could not load credentials from any providers' } }), { state: 'missing', required: true }, /Log in/],
  ['root', 'AWS credentials', examined({ caller: { value: { accountId: '1', arn: 'arn:aws:iam::1:root' } } }), { state: 'missing' }, /role or a user/],
  ['one zone', 'Region', examined({ zones: { value: ['us-east-2a'] } }), { state: 'missing', found: 'us-east-2: 1 zones' }, /two availability zones/],
  ['a zone that is not offered', 'Region', examined({}, { cluster: { availabilityZones: ['us-east-2a', 'us-east-2f'] } }), { state: 'missing' }, /Choose two of us-east-2a/],
  ['too few vCPUs', 'vCPU quota', examined({ vcpuQuota: { value: 24 } }), { state: 'missing', found: '24 (8 in use)' }, /for 28 vCPUs .*L-1216C47A/],
  ['too few vCPUs for more workers', 'vCPU quota', examined({}, { cluster: { workers: 16 } }), { state: 'missing' }, /for 76 vCPUs/],
  ['no room for networks', 'VPC quota', examined({ vpcs: { value: { all: 4, ours: 0 } } }), { state: 'missing', found: '5 (4 in use, 0 of them ours)' }, /for 6 VPCs .*L-F678F1CE/],
  ['an image that was not published', 'Images', examined({ images: { value: { ...('value' in READY.images ? READY.images.value : {}), '/ematix-flow-bench/images/daft': 'none' } } }), { state: 'limited', required: false, found: '3 of 4 published' }, /images publish" \(daft\)/],
  ['no dataset', 'Datasets', examined({ datasets: { value: {} } }), { state: 'limited', found: '0 of 1 verified' }, /datagen --target ec2 --sf 10/],
  ['no right to ask for quotas', 'vCPU quota', examined({ vcpuQuota: { unknown: 'AccessDenied' } }), { state: 'limited', found: 'cannot be told (AccessDenied)' }, /right to ask/],
];

describe('an account that lacks something', () => {
  it.each(SHORTAGES)('is told about %s', (_what, subject, findings, expected, remedy) => {
    const one = found(subject, findings);
    expect(one).toMatchObject(expected);
    expect(one.remedy).toMatch(remedy);
    expect(hasAllRequired(findings)).toBe(one.state !== 'missing');
  });

  it('has room for the networks that are ours already', () => {
    expect(found('VPC quota', examined({ vpcs: { value: { all: 5, ours: 2 } } })).state).toBe('ok');
  });

  it('needs neither vCPUs nor addresses for a cluster that exists', () => {
    const attached = examined({ vcpuQuota: { value: 0 }, vcpusInUse: { value: 0 } }, { adminCidrs: undefined, cluster: { attachTo: 'shared' } });
    expect(hasAllRequired(attached)).toBe(true);
    expect(found('Configuration', attached).found).toBe('me, reachable from where shared is');
  });
});

function machine(answers: Readonly<Record<string, string | null>>): Machine {
  return {
    nodeVersion: '20.19.0', platform: 'linux', cores: 8, memoryBytes: 1, cacheFolder: 'cache', packageFolder: '.',
    freeDiskBytes: () => 1, exists: () => true, list: () => [], canWrite: () => true,
    ask: (program) => Promise.resolve(answers[program] ?? null),
  };
}

describe('the tools of a deploy', () => {
  it('are ok when they are there', async () => {
    const there = machine({ terraform: 'Terraform v1.11.4\non linux_amd64', aws: 'aws-cli/2.15.0 Python/3.11', docker: 'Docker version 27.1.1, build 1' });
    expect(await Promise.all([terraform, awsCommand, docker].map(async (check) => check(there)))).toMatchObject([
      { state: 'ok', found: '1.11.4' }, { state: 'ok', found: '2.15.0' }, { state: 'ok', found: '27.1.1' },
    ]);
  });

  it('are told when they are missing or old; Docker is optional', async () => {
    expect(await Promise.all([terraform, awsCommand, docker].map(async (check) => check(machine({}))))).toMatchObject([
      { state: 'missing', required: true }, { state: 'missing', required: true }, { state: 'limited', required: false },
    ]);
    expect(await terraform(machine({ terraform: 'Terraform v1.4.6' }))).toMatchObject({ state: 'missing', found: '1.4.6' });
  });
});
