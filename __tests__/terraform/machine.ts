import { DescribeInstancesCommand, DescribeLaunchTemplateVersionsCommand, EC2Client, type Instance, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheFolder } from '../../workloads/cli/cache-folder.js';
import { MACHINE_TAGS } from '../../workloads/model/generator-size.js';
import { emulatorPython } from './emulator/python.js';
import { EMULATOR_CREDENTIALS } from './emulator/emulator.js';

const POLL_MS = 500;

/**
 * What the emulator's EC2 does not do: runs the user data of the first machine that was started, as a process of
 * this computer with nothing but the machine's own facts, and ends the machine when the script shuts it down.
 *
 * @returns exit code of the script
 */
export async function bootNextMachine(endpoint: string, region: string): Promise<number | null> {
  const ec2 = new EC2Client({ endpoint, region, credentials: EMULATOR_CREDENTIALS });
  const machine = await firstRunning(ec2);
  const userData = await userDataOf(ec2);
  const tag = (name: string): string => machine.Tags?.find(({ Key }) => Key === name)?.Value ?? '';
  const instanceId = machine.InstanceId ?? '';
  const { exitCode } = await runMachineScript(userData, {
    instanceId, scaleFactor: tag(MACHINE_TAGS.scaleFactor), numeric: tag(MACHINE_TAGS.numeric), mostMinutes: tag(MACHINE_TAGS.mostMinutes), endpoint,
  });
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  return exitCode;
}

async function firstRunning(ec2: EC2Client): Promise<Instance> {
  for (;;) {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'tag-key', Values: [MACHINE_TAGS.scaleFactor] }, { Name: 'instance-state-name', Values: ['running'] }] }));
    const [machine] = Reservations.flatMap(({ Instances = [] }) => Instances);
    if (machine !== undefined) return machine;
    await sleep(POLL_MS);
  }
}

/** The emulator tells no machine's user data; it is that of the only template there is. */
async function userDataOf(ec2: EC2Client): Promise<string> {
  const { LaunchTemplateVersions = [] } = await ec2.send(new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest'] }));
  const [encoded] = LaunchTemplateVersions.flatMap(({ LaunchTemplateData }) => LaunchTemplateData?.UserData ?? []);
  if (encoded === undefined) throw new Error('No launch template has user data.');
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/** What a machine knows of itself, and where its calls go. */
export interface MachineFacts {
  readonly instanceId: string;
  readonly scaleFactor: string;
  readonly numeric: string;
  readonly mostMinutes: string;
  readonly endpoint: string;
}

export interface MachineRun {
  readonly exitCode: number | null;
  /** How the command that shuts a machine down was called. */
  readonly shutdowns: readonly string[];
}

/** Runs user data as a machine would, with nothing of this environment but where programs and certificates are found. */
export async function runMachineScript(userData: string, facts: MachineFacts): Promise<MachineRun> {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-machine-'));
  const [script, shutdown, shutdowns] = [join(folder, 'user-data'), join(folder, 'shutdown'), join(folder, 'shutdowns')];
  writeFileSync(script, userData);
  writeFileSync(shutdown, `#!/bin/sh\necho "$@" >>"${shutdowns}"\n`);
  chmodSync(shutdown, 0o755);
  const passedOn = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(HOME|PIP_.*|npm_config_.*|.*CA.*|SSL_.*)$/.test(name)));
  try {
    const child = spawn('bash', [script], {
      stdio: 'ignore',
      env: {
        ...passedOn, PATH: [process.env.PATH, dirname(await emulatorPython())].join(delimiter), XDG_CACHE_HOME: dirname(cacheFolder()),
        AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey, AWS_ENDPOINT_URL: facts.endpoint,
        FLOWBENCH_INSTALL: 'true', FLOWBENCH_SHUTDOWN: shutdown, FLOWBENCH_ROOT: join(folder, 'root'), FLOWBENCH_PYTHON: 'python3', FLOWBENCH_MEMORY: '2GB',
        FLOWBENCH_INSTANCE_ID: facts.instanceId, FLOWBENCH_SCALE_FACTOR: facts.scaleFactor, FLOWBENCH_NUMERIC: facts.numeric, FLOWBENCH_MOST_MINUTES: facts.mostMinutes,
      },
    });
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { exitCode, shutdowns: readFileSync(shutdowns, 'utf8').trim().split('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
