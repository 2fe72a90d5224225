import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { cloudClients, type CloudClients } from '../../workloads/cloud/inventory/clients.js';
import { type Selection } from '../../workloads/cloud/teardown/leftovers.js';
import { sweepLateThings } from '../../workloads/cloud/teardown/late-things.js';
import { verifyTeardown, verifyWith } from '../../workloads/cloud/teardown/verify.js';
import { startAwsEmulator, type AwsEmulator } from '../terraform/emulator/emulator.js';
import { ALIVE, EXPIRED, PROJECT, RETAINED } from './fixtures.js';
import { PlantedAccount } from './planted-account.js';

const REGION = 'us-east-2';
const ALPHA: Selection = { project: PROJECT, stack: 'alpha-stack' };

describe('flowbench teardown verify in an emulated account', () => {
  let emulator: AwsEmulator;
  let account: PlantedAccount;

  const clientsOf = (): CloudClients => cloudClients({ region: REGION, endpoint: emulator.endpoint });
  const verify = (selection: Selection) => verifyTeardown({ region: REGION, endpoint: emulator.endpoint }, selection);

  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    emulator = await startAwsEmulator();
    account = new PlantedAccount(clientsOf());
  }, 300_000);
  afterAll(() => emulator.stop());
  beforeEach(() => emulator.reset(), 30_000);

  test('an empty account is clean, and so is one with somebody else\'s things', async () => {
    expect(await verify({ project: PROJECT, all: true })).toMatchObject({ isClean: true });
    await account.bucket('other-data', {});
    await account.bucket('benchmarks', {});
    await account.volume({ ...EXPIRED, Project: 'other' });
    await account.instance(undefined, {});
    await account.logGroup('/aws/eks/other-alpha/cluster', {});
    const { isClean, text } = await verify({ project: PROJECT, all: true });
    expect(text).toContain('Nothing is left of project bench, kept things included.');
    expect(isClean).toBe(true);
  }, 120_000);

  test('what the retained stacks hold is named as kept, and counted with --all', async () => {
    await account.retained(PROJECT, RETAINED);
    const kept = await verify(ALPHA);
    expect(kept.text).toContain('datagen-stack S3 bucket bench-data-123456789012-us-east-2');
    expect(kept.text).toContain('aws s3 ls: bench-data-123456789012-us-east-2, bench-results-123456789012-us-east-2, bench-source-123456789012-us-east-2');
    expect(kept.isClean).toBe(true);
    const all = await verify({ project: PROJECT, all: true });
    expect(all.text).toMatch(/S3 bucket\s+│ bench-data/);
    expect(all.isClean).toBe(false);
  }, 120_000);

  /** Each plants one thing in an account that holds another phase and the network of nobody's. */
  const PLANTED: Readonly<Record<string, (ids: { vpcId: string; subnetId: string }) => Promise<unknown>>> = {
    'an orphan volume': () => account.volume(ALIVE),
    'an interface left in our network': ({ subnetId }) => account.networkInterface(subnetId, {}),
    'a log group made after the destroy': () => account.logGroup(`/aws/eks/${PROJECT}-alpha/cluster`, {}),
    'an instance without tags in our network': ({ subnetId }) => account.instance(subnetId, {}),
    'the security group that EKS made': ({ vpcId }) => account.eksGroup(vpcId, `${PROJECT}-alpha`),
    'a role with our name and no tags': () => account.role(`${PROJECT}-alpha-stack-node-us-east-2`, {}),
    'a launch template': () => account.launchTemplate(`${PROJECT}-alpha-worker`, {}),
  };
  const EXPECTED: Readonly<Record<string, RegExp>> = {
    'an orphan volume': /EBS volume/, 'an interface left in our network': /network interface/, 'a log group made after the destroy': /log group\s+│ \/aws\/eks\/bench-alpha/,
    'an instance without tags in our network': /EC2 instance/, 'the security group that EKS made': /security group\s+│ eks-cluster-sg-bench-alpha/,
    'a role with our name and no tags': /IAM role\s+│ bench-alpha-stack-node/, 'a launch template': /launch template\s+│ bench-alpha-worker/,
  };
  test.each(Object.keys(PLANTED))('finds %s', async (what) => {
    const network = await account.network(`${PROJECT}-alpha`, ALIVE);
    await PLANTED[what]?.(network);
    const { isClean, text } = await verify(ALPHA);
    expect(isClean).toBe(false);
    expect(text).toMatch(EXPECTED[what] ?? /never/);
  }, 60_000);

  test('a whole phase is listed in one table; another phase only as that', async () => {
    await account.phase(PROJECT, 'alpha', ALIVE);
    await account.network(`${PROJECT}-beta`, ALIVE);
    const { isClean, text } = await verify(ALPHA);
    expect(isClean).toBe(false);
    for (const kind of ['EKS cluster', 'EKS node group', 'EC2 instance', 'VPC endpoint', 'OIDC provider', 'instance profile']) expect(text).toMatch(new RegExp(`│ ${kind}\\s+│`));
    expect(text).toMatch(/Of other phases: \d+\n[^]*beta-stack VPC bench-beta/);
  }, 120_000);

  test('a listing that is refused is not taken for an empty one', async () => {
    const clients = clientsOf();
    clients.ecr.send = () => Promise.reject(Object.assign(new Error('not authorized to perform ecr:DescribeRepositories'), { name: 'AccessDeniedException' }));
    const { isClean, text } = await verifyWith(clients, ALPHA);
    expect(isClean).toBe(false);
    expect(text).toContain('ECR repository: AccessDeniedException: not authorized');
    expect(text).toContain('aws ecr describe-repositories: could not be asked');
  }, 60_000);

  test('the sweep takes what belongs to the cluster that is gone, and nothing else', async () => {
    const { vpcId, subnetId } = await account.network(`${PROJECT}-alpha`, ALIVE);
    const group = await account.eksGroup(vpcId, `${PROJECT}-alpha`);
    const left = await account.networkInterface(subnetId, { 'cluster.k8s.amazonaws.com/name': `${PROJECT}-alpha` }, group);
    await account.networkInterface(subnetId, { 'cluster.k8s.amazonaws.com/name': `${PROJECT}-beta` });
    await account.logGroup(`/aws/eks/${PROJECT}-alpha/cluster`, {});
    await account.logGroup(`/aws/eks/${PROJECT}-beta/cluster`, {});
    const swept = await sweepLateThings(clientsOf(), PROJECT, `${PROJECT}-alpha`);
    expect(swept.map(({ id }) => id)).toEqual([left, group, `/aws/eks/${PROJECT}-alpha/cluster`]);
    expect(await sweepLateThings(clientsOf(), PROJECT, `${PROJECT}-alpha`)).toEqual([]);
  }, 60_000);

  describe('as a command', () => {
    const flowbench = (...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => new Promise((resolve) => {
      const child = spawn(process.execPath, ['-r', join(__dirname, '..', 'fixtures', 'run-typescript.cjs'), join(__dirname, '..', '..', 'workloads', 'cli', 'flowbench.ts'), ...args], {
        env: { ...process.env, AWS_ENDPOINT_URL: emulator.endpoint },
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
      child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
      child.on('close', (code) => { resolve({ code, stdout, stderr }); });
    });
    const at = ['--project', PROJECT, '--region', REGION];

    test('exits with 0 when nothing is left and with 1 when something is', async () => {
      expect(await flowbench('teardown', 'verify', ...at)).toMatchObject({ code: 0 });
      await account.volume(ALIVE);
      const { code, stdout } = await flowbench('teardown', 'verify', '--stack', 'alpha-stack', ...at);
      expect(stdout).toContain('EBS volume');
      expect(code).toBe(1);
    }, 120_000);

    test('plan prints the steps and what the phase has cost', async () => {
      await account.phase(PROJECT, 'alpha', ALIVE);
      const { code, stdout } = await flowbench('teardown', 'plan', '--stack', 'alpha-stack', '--no-costs', ...at);
      expect(stdout).toMatch(/1\. Delete Spark, Ray and Job resources in cluster bench-alpha[^]*2\. npx cdktf destroy alpha-stack[^]*5\. flowbench teardown verify/);
      expect(stdout).toMatch(/α\s+│ EKS 1 ×/);
      expect(code).toBe(0);
    }, 120_000);

    test.each([
      [['verify', '--stack', 'alpha'], '--stack "alpha" is no stack'],
      [['verify', '--stack', 'alpha-stack', '--all'], 'contradict each other'],
      [['run', '--stack', 'alpha-stack'], 'was not told --yes'],
      [['plan'], 'Say what to take down'],
    ])('%j ends with exit code 2 and one sentence', async (args, sentence) => {
      const { code, stderr } = await flowbench('teardown', ...args, ...at);
      expect(stderr).toContain(sentence);
      expect(code).toBe(2);
    }, 60_000);
  });
});
