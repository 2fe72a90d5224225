import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRICES } from '../../../images/versions.js';
import { FlowbenchError } from '../../model/errors.js';
import { generatorSize, MACHINE_TAGS, machineLogStream } from '../../model/generator-size.js';
import { datasetBucketName, datasetParameterName, datasetPrefix, generatorLogGroup, generatorName, NOT_YET } from '../../model/physical-names.js';
import { bucketOptions, type CloudAccess, clientOptions } from '../access.js';
import { explained } from '../aws-failure.js';
import { logPage, parameterValue, uploadedFiles, uploadedManifest } from './dataset-store.js';
import { Ec2Machines } from './ec2-machines.js';
import { followMachine, type MachineEnding } from './follow-machine.js';
import { ensureMachine, type Machine } from './machines.js';
import { uploadProblems } from './uploaded-dataset.js';

export interface GenerateOnEc2Request {
  readonly access: CloudAccess;
  readonly project: string;
  readonly owner: string;
  readonly scaleFactor: number;
  readonly numeric: 'decimal' | 'double';
  /** Make it again where it lies verified already. */
  readonly force: boolean;
  readonly say: (line: string) => void;
  /** Aborted: the machine goes on, and nobody watches it. */
  readonly signal: AbortSignal;
}

export interface GenerateOnEc2Result {
  readonly ending: MachineEnding | 'there already';
  /** What is wrong with what lies in the bucket; empty when it is the dataset. */
  readonly problems: readonly string[];
}

const HOUR_MS = 3_600_000;

/**
 * Makes a dataset in the account: starts the machine, or finds the one that is at it, repeats its log, and
 * compares what lies in the bucket with its manifest.
 */
export async function generateOnEc2(request: GenerateOnEc2Request): Promise<GenerateOnEc2Result> {
  return explained(generate(request));
}

async function generate(request: GenerateOnEc2Request): Promise<GenerateOnEc2Result> {
  const place = await placeOf(request);
  const verified = await parameterValue(place.ssm, place.parameter);
  if (verified === undefined) {
    throw new FlowbenchError('configuration', `${place.prefix} is no dataset that the datagen-stack knows: there is no parameter ${place.parameter}.`, {
      remedy: 'Name the scale factor among the datasets of flowbench.config.json, then: cdktf deploy datagen-stack.',
    });
  }
  if (verified !== NOT_YET && !request.force) {
    const problems = await problemsInBucket(place, verified);
    if (problems.length === 0) {
      request.say(`${place.uri} is there and verified: ${verified}. Make it again with --force.`);
      return { ending: 'there already', problems };
    }
    request.say(`${place.uri} was verified once and differs now (${problems[0]}); it is made again.`);
  }
  const machine = await machineFor(request, place);
  const ending = await follow(request, place, machine);
  return { ending, problems: ending === 'done' ? await checked(request, place) : [] };
}

interface GeneratorPlace {
  readonly prefix: string;
  readonly bucketName: string;
  readonly uri: string;
  readonly parameter: string;
  readonly s3: S3Client;
  readonly ssm: SSMClient;
  readonly machines: Ec2Machines;
}

async function placeOf({ access, project, scaleFactor, numeric }: GenerateOnEc2Request): Promise<GeneratorPlace> {
  const { Account } = await new STSClient(clientOptions(access)).send(new GetCallerIdentityCommand({}));
  const prefix = datasetPrefix(scaleFactor, numeric);
  const bucketName = datasetBucketName({ project, accountId: Account ?? '', region: access.region });
  return {
    prefix,
    bucketName,
    uri: `s3://${bucketName}/${prefix}`,
    parameter: datasetParameterName(project, prefix),
    s3: new S3Client(bucketOptions(access)),
    ssm: new SSMClient(clientOptions(access)),
    machines: new Ec2Machines(new EC2Client(clientOptions(access)), generatorName(project)),
  };
}

async function machineFor(request: GenerateOnEc2Request, place: GeneratorPlace): Promise<Machine> {
  const size = generatorSize(request.scaleFactor);
  const tags = machineTags(request, size.mostHours, Date.now());
  const { machine, isNew } = await ensureMachine({ bucketName: place.bucketName, prefix: place.prefix, size, tags }, place.machines, (ms) => sleep(ms));
  const usdPerHour = (PRICES.instanceUsdPerHour as Readonly<Record<string, number>>)[size.instanceType];
  const price = usdPerHour === undefined ? '' : `, $${usdPerHour} an hour at the list price of ${PRICES.asOf}`;
  request.say(isNew
    ? `Machine ${machine.id} (${size.instanceType}${price}) makes ${place.uri}; it ends itself, within ${size.mostHours} hours at the latest.`
    : `Machine ${machine.id} is making ${place.uri} already; following it.`);
  return machine;
}

/** The six tags of everything deployed, and what the machine reads of its task. */
export function machineTags(request: Pick<GenerateOnEc2Request, 'project' | 'owner' | 'scaleFactor' | 'numeric'>, mostHours: number, nowMs: number): Record<string, string> {
  const moment = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    Name: `${generatorName(request.project)}-sf${request.scaleFactor}`,
    Project: request.project,
    Owner: request.owner,
    MaxLifetimeHours: String(mostHours),
    Lifecycle: 'ephemeral',
    CreatedAt: moment(nowMs),
    ExpiresAt: moment(nowMs + mostHours * HOUR_MS),
    [MACHINE_TAGS.scaleFactor]: String(request.scaleFactor),
    [MACHINE_TAGS.numeric]: request.numeric,
    [MACHINE_TAGS.mostMinutes]: String(mostHours * 60),
  };
}

async function follow(request: GenerateOnEc2Request, place: GeneratorPlace, machine: Machine): Promise<MachineEnding> {
  const logs = new CloudWatchLogsClient(clientOptions(request.access));
  return followMachine({
    state: () => place.machines.stateOf(machine.id),
    log: (from) => logPage(logs, generatorLogGroup(request.project), machineLogStream(place.prefix, machine.id), from),
    say: request.say,
    sleep: (ms) => sleep(ms, undefined, { signal: request.signal }).catch(() => undefined),
    signal: request.signal,
  });
}

async function checked(request: GenerateOnEc2Request, place: GeneratorPlace): Promise<string[]> {
  const problems = await problemsInBucket(place, await parameterValue(place.ssm, place.parameter));
  if (problems.length === 0) request.say(`${place.uri} holds every file of its manifest in its size, and the answers; its machine measured it before it was uploaded.`);
  return problems;
}

async function problemsInBucket(place: GeneratorPlace, verifiedId: string | undefined): Promise<string[]> {
  const manifest = await uploadedManifest(place.s3, place.bucketName, place.prefix);
  if (manifest === undefined) return [`${place.uri} has no manifest`];
  const sameId = manifest.dataset_id === verifiedId ? [] : [`the manifest is of ${manifest.dataset_id}, and ${verifiedId} was verified`];
  return [...sameId, ...uploadProblems(manifest, await uploadedFiles(place.s3, place.bucketName, place.prefix))];
}
