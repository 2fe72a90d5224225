import { type CommandLog, cloudClients, type CloudClients } from '../../workloads/cloud/inventory/clients.js';
import { RESOURCE_KINDS } from '../../workloads/cloud/inventory/resource.js';
import { takeInventory } from '../../workloads/cloud/inventory/take-inventory.js';
import { DELETION_ORDER } from '../../workloads/cloud/janitor/order.js';
import { type JanitorMode, type JanitorResult } from '../../workloads/cloud/janitor/judged.js';
import { removeResource } from '../../workloads/cloud/janitor/remove.js';
import { runJanitor } from '../../workloads/cloud/janitor/run-janitor.js';
import { JANITOR_DELETIONS, JANITOR_READS } from '../../workloads/model/janitor-actions.js';
import { startAwsEmulator, type AwsEmulator } from '../terraform/emulator/emulator.js';
import { ALIVE, EXPIRED, NOW_MS, PROJECT, RETAINED } from './fixtures.js';
import { PlantedAccount } from './planted-account.js';

const REGION = 'us-east-2';
const DAY_MS = 86_400_000;

/** Commands whose IAM action is not `<service>:<command>`. */
const ACTIONS: Readonly<Record<string, string>> = {
  's3:ListBuckets': 's3:ListAllMyBuckets',
  'budgets:DescribeBudgets': 'budgets:ViewBudget',
};
const SERVICES: Readonly<Record<string, string>> = {
  AutoScaling: 'autoscaling', CloudWatchLogs: 'logs', ElasticLoadBalancingV2: 'elasticloadbalancing',
};

describe('the janitor in an emulated account', () => {
  let emulator: AwsEmulator;
  let clients: CloudClients;
  let account: PlantedAccount;
  /** Every command of every test, as `service:Command`. */
  const sent = new Set<string>();

  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    emulator = await startAwsEmulator();
    const note = (entry: unknown): void => {
      const { clientName, commandName } = entry as { clientName?: string; commandName?: string };
      const service = (clientName ?? '').replace(/Client$/, '');
      if (commandName !== undefined) sent.add(`${SERVICES[service] ?? service.toLowerCase()}:${commandName.replace(/Command$/, '')}`);
    };
    const log: CommandLog = { debug: () => undefined, info: note, warn: note, error: note };
    clients = cloudClients({ region: REGION, endpoint: emulator.endpoint }, log);
    account = new PlantedAccount(cloudClients({ region: REGION, endpoint: emulator.endpoint }));
  }, 300_000);
  afterAll(() => emulator.stop());
  beforeEach(() => {
    leftMs = 190_000;
    return emulator.reset();
  }, 60_000);

  const there = async (): Promise<string[]> => (await takeInventory(account.clients, { project: PROJECT })).resources.map(({ kind }) => kind);
  const told: string[] = [];
  /** A run with time for five looks, which need not wait in between. */
  let leftMs = 0;
  const run = (mode: JanitorMode, nowMs = NOW_MS): Promise<JanitorResult> => runJanitor({ project: PROJECT, mode }, {
    look: () => takeInventory(clients, { project: PROJECT }), remove: (resource) => removeResource(clients, resource),
    tell: (_subject, text) => Promise.resolve(void told.push(text)), log: () => undefined, nowMs: () => nowMs, remainingMs: () => leftMs, sleep: (ms) => Promise.resolve(void (leftMs -= ms)),
  });
  const deleted = new Set<string>();
  const noteDeleted = ({ judged }: JanitorResult): void => {
    for (const { outcome, resource } of judged) if (outcome === 'deleted') deleted.add(resource.kind);
  };
  const problems = ({ judged, blindSpots }: JanitorResult): unknown[] => [...blindSpots, ...judged.filter(({ outcome }) => outcome === 'failed')];

  test('sees every kind that a phase and the retained stacks are made of', async () => {
    const { subnetId, vpcId } = await account.phase(PROJECT, 'alpha', EXPIRED);
    await account.strays(subnetId, vpcId, EXPIRED);
    await account.retained(PROJECT, RETAINED);
    const { resources, blindSpots } = await takeInventory(clients, { project: PROJECT });
    expect(blindSpots).toEqual([]);
    const unseen = Object.keys(RESOURCE_KINDS).filter((kind) => !resources.some((resource) => resource.kind === kind && resource.belonging.by === 'tag'));
    // A schedule carries no tags: it is known by its name.
    expect(unseen).toEqual(['schedule']);
    expect(resources.find(({ kind }) => kind === 'schedule')?.belonging.by).toBe('name');
  }, 120_000);

  test('a dry run deletes nothing', async () => {
    await account.phase(PROJECT, 'alpha', EXPIRED);
    const before = await there();
    expect(problems(await run('report'))).toEqual([]);
    expect(await there()).toEqual(before);
  }, 120_000);

  test('enforcing takes an expired phase away whole, and nothing else', async () => {
    await account.retained(PROJECT, RETAINED);
    await account.network('bench-beta', ALIVE);
    await account.volume({});
    await account.volume({ ...EXPIRED, Project: 'other' });
    await account.bucket('other-data', {});
    const before = await there();
    await account.phase(PROJECT, 'alpha', EXPIRED);
    const result = await run('enforce');
    expect(problems(result)).toEqual([]);
    expect(await there()).toEqual(before);
    noteDeleted(result);
  }, 180_000);

  test('enforcing takes what no phase of ours makes, too: every kind it knows to delete', async () => {
    const { subnetId, vpcId } = await account.network('stray', EXPIRED);
    await account.strays(subnetId, vpcId, EXPIRED);
    const result = await run('enforce');
    expect(problems(result)).toEqual([]);
    noteDeleted(result);
    expect(DELETION_ORDER.filter((kind) => !deleted.has(kind))).toEqual([]);
    const ours = (await takeInventory(clients, { project: PROJECT })).resources.filter(({ belonging }) => belonging.by === 'tag').map(({ kind, leaving }) => `${kind}, ${leaving ?? 'there'}`);
    // The emulator forgets to take a gateway's interface along, which on AWS goes with it, and that holds the network.
    expect(ours.filter((one) => !/^(subnet|vpc), there$/.test(one))).toEqual([expect.stringMatching(/^kms-key, scheduled for deletion on \d{4}-\d\d-\d\d$/)]);
  }, 180_000);

  test('enforcing on day 400 leaves what is retained untouched', async () => {
    await account.retained(PROJECT, RETAINED);
    await account.phase(PROJECT, 'alpha', RETAINED);
    const before = await there();
    const { judged } = await run('enforce', NOW_MS + 400 * DAY_MS);
    expect(judged.filter(({ outcome }) => outcome !== 'none')).toEqual([]);
    expect(await there()).toEqual(before);
  }, 120_000);

  test('what is not expired stays until it is', async () => {
    await account.phase(PROJECT, 'alpha', ALIVE);
    const before = await there();
    await run('enforce');
    expect(await there()).toEqual(before);
    expect(problems(await run('enforce', NOW_MS + DAY_MS))).toEqual([]);
    // What the emulator makes beside a node group carries no tags of ours: told, never deleted.
    expect((await takeInventory(clients, { project: PROJECT })).resources.filter(({ belonging }) => belonging.by === 'tag')).toEqual([]);
  }, 120_000);

  test('what carries a name of ours but no tag is told, not deleted', async () => {
    await account.logGroup(`/aws/eks/${PROJECT}-alpha/cluster`, {});
    await account.bucket(`${PROJECT}-data-1`, {});
    told.length = 0;
    await run('enforce');
    expect(told.join('\n')).toMatch(/For a person to look at:\n.*log group \/aws\/eks\/bench-alpha\/cluster[^]*S3 bucket bench-data-1/);
    expect(await there()).toEqual(['log-group', 'bucket']);
  }, 60_000);

  test('every command it sends is granted to its role', () => {
    const granted = new Set<string>([...JANITOR_READS, ...JANITOR_DELETIONS.flatMap(({ actions }) => actions)]);
    const commands = [...sent].map((command) => ACTIONS[command] ?? command).filter((command) => !command.startsWith('sts:')).sort();
    expect(commands.length).toBeGreaterThan(50);
    expect(commands.filter((command) => !granted.has(command))).toEqual([]);
    // And nothing is granted that it does not send: the emulated account has one of each kind.
    expect([...granted].filter((action) => !commands.includes(action)).sort()).toEqual([]);
  });
});
