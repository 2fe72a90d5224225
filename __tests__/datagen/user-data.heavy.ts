import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { machineScript } from '../../constructs/datagen/machine-script.js';
import { programFolder } from '../../constructs/programs.js';
import { generateOnEc2, type GenerateOnEc2Result } from '../../workloads/cloud/datagen/generate-on-ec2.js';
import { uploadedFiles, uploadedManifest } from '../../workloads/cloud/datagen/dataset-store.js';
import { zipArchive } from '../../workloads/cloud/images/zip-archive.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import { datasetBucketName, datasetParameterName, datasetParameterPath, generatorLogGroup } from '../../workloads/model/physical-names.js';
import { type AwsEmulator, EMULATOR_ACCOUNT, EMULATOR_CREDENTIALS, startAwsEmulator } from '../terraform/emulator/emulator.js';
import { type MachineRun, runMachineScript } from '../terraform/machine.js';

// The script of a machine, run whole in a clean environment against an emulator of AWS: real generation at SF0.01,
// real installation of the program from the package index. Needs `npm run build`, Python and the indexes of
// packages. Not part of `npm test`:  npx jest --testMatch '**/*.heavy.ts'
jest.setTimeout(10 * 60_000);

const REGION = 'us-east-2';
const PROJECT = 'bench';
const BUCKET = datasetBucketName({ project: PROJECT, accountId: EMULATOR_ACCOUNT, region: REGION });
const PROGRAM_KEY = 'programs/datagen/test.zip';
/** A program built elsewhere instead of the one in lib/. */
const PROGRAM = process.env['FLOWBENCH_TEST_PROGRAM'] ?? programFolder('datagen');
const SAMPLE = join(__dirname, '..', '..', 'workloads', 'tpch', 'sample', 'sf0.01');

let emulator: AwsEmulator;
let s3: S3Client;
let ssm: SSMClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  emulator = await startAwsEmulator();
  process.env['AWS_ACCESS_KEY_ID'] = EMULATOR_CREDENTIALS.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = EMULATOR_CREDENTIALS.secretAccessKey;
  const options = { region: REGION, endpoint: emulator.endpoint };
  [s3, ssm, logs] = [new S3Client({ ...options, forcePathStyle: true }), new SSMClient(options), new CloudWatchLogsClient(options)];
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: PROGRAM_KEY, Body: zipArchive(filesOf(PROGRAM)) }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: generatorLogGroup(PROJECT) }));
  for (const prefix of ['tpch/sf0.01', 'tpch/sfnone']) await ssm.send(new PutParameterCommand({ Name: datasetParameterName(PROJECT, prefix), Value: 'none', Type: 'String' }));
});

afterAll(async () => {
  await emulator.stop();
});

function filesOf(root: string): Map<string, Buffer> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(root, path)).isFile()).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
}

interface Ran extends MachineRun {
  readonly log: readonly string[];
}

async function runMachine(instanceId: string, scaleFactor: string): Promise<Ran> {
  const script = machineScript({ region: REGION, bucketName: BUCKET, programKey: PROGRAM_KEY, logGroupName: generatorLogGroup(PROJECT), parameterPath: datasetParameterPath(PROJECT) });
  const run = await runMachineScript(script, { instanceId, scaleFactor, numeric: 'decimal', mostMinutes: '120', endpoint: emulator.endpoint });
  const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: generatorLogGroup(PROJECT), logStreamName: `tpch/sf${scaleFactor}/${instanceId}`, startFromHead: true }));
  return { ...run, log: (events ?? []).map(({ message }) => message ?? '') };
}

async function command(say: (line: string) => void): Promise<GenerateOnEc2Result> {
  return generateOnEc2({
    access: { region: REGION, endpoint: emulator.endpoint }, project: PROJECT, owner: 'test', scaleFactor: 0.01, numeric: 'decimal', force: false, say, signal: new AbortController().signal,
  });
}

const parameter = async (prefix: string) => (await ssm.send(new GetParameterCommand({ Name: datasetParameterName(PROJECT, prefix) }))).Parameter?.Value;

describe('the script of a machine', () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await runMachine('i-1', '0.01');
  });

  it('ends well, and its log says so to the last line', () => {
    expect(ran.log.at(-1)).toMatch(/^flowbench-datagen: done sha256:[0-9a-f]{64}$/);
    expect(ran.exitCode).toBe(0);
    expect(ran.log.join('\n')).toContain('is exactly what its manifest says.');
  });

  it('set its own end before anything else, and ended itself', () => {
    expect(ran.shutdowns).toEqual(['-h +60', '-c', '-h +120', '-h now']);
  });

  it('leaves the very dataset that the repository carries, and its id where the stacks look', async () => {
    const { manifest } = await loadDataset(SAMPLE);
    expect((await uploadedManifest(s3, BUCKET, 'tpch/sf0.01'))?.dataset_id).toBe(manifest.dataset_id);
    expect(await parameter('tpch/sf0.01')).toBe(manifest.dataset_id);
  });

  it('leaves a dataset that the command finds whole, and starts no machine for', async () => {
    const said: string[] = [];
    expect(await command((line) => said.push(line))).toEqual({ ending: 'there already', problems: [] });
    expect(said).toEqual([expect.stringMatching(/^s3:\/\/bench-data-\d+-us-east-2\/tpch\/sf0\.01 is there and verified: sha256:/)]);
  });

  it('is asked for again when a file is gone from the bucket', async () => {
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'tpch/sf0.01/region/part-001.parquet' }));
    const said: string[] = [];
    await expect(command((line) => said.push(line))).rejects.toThrow(/bench-datagen/);
    expect(said).toEqual([expect.stringContaining('differs now (region/part-001.parquet is missing)')]);
  });
});

describe('the script of a machine that fails', () => {
  it('says at what, leaves no dataset, and ends the machine all the same', async () => {
    const ran = await runMachine('i-2', 'none');
    expect(ran.log.at(-1)).toBe('flowbench-datagen: failed while generating');
    expect(ran.exitCode).not.toBe(0);
    expect(ran.shutdowns.at(-1)).toBe('-h now');
    expect((await uploadedFiles(s3, BUCKET, 'tpch/sfnone')).size).toBe(0);
    expect(await parameter('tpch/sfnone')).toBe('none');
  });
});
