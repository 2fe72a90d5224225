import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { DatasetGenerator, type GeneratedDataset } from '../../constructs/datagen/dataset-generator.js';
import { machineScript } from '../../constructs/datagen/machine-script.js';
import { DatasetBucket } from '../../constructs/storage/dataset-bucket.js';
import { NODE_SHAPES } from '../../workloads/model/node-shapes.js';
import { generatorShape, generatorSize } from '../../workloads/model/generator-size.js';
import { awsStack } from '../fixtures/aws-stack.js';

const folder = mkdtempSync(join(tmpdir(), 'flowbench-test-'));
writeFileSync(join(folder, 'package.json'), '{}');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const NETWORK = { vpcId: 'vpc-1', subnetIds: ['subnet-1'], nodeSubnetId: 'subnet-1', nodeSecurityGroupId: 'sg-1', connectivity: [] };
const DATASETS: GeneratedDataset[] = [{ scaleFactor: 1, numeric: 'decimal' }, { scaleFactor: 100, numeric: 'double' }];

const generator = (changes: Partial<ConstructorParameters<typeof DatasetGenerator>[2]> = {}) => awsStack((scope) => {
  const bucket = new DatasetBucket(scope, 'Data', { bucketName: 'data' });
  new DatasetGenerator(scope, 'Generator', { project: 'bench', region: 'us-east-2', bucket, datasets: DATASETS, network: NETWORK, programFolder: folder, ...changes });
});

describe('the generator of datasets', () => {
  const stack = generator();
  const template = stack.only('aws_launch_template');

  it('starts a machine that ends with its shutdown, and tells nobody else its credentials', () => {
    expect(template).toMatchObject({
      name: 'bench-datagen', instance_initiated_shutdown_behavior: 'terminate',
      metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1, instance_metadata_tags: 'enabled' },
      image_id: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
    });
  });

  it('gives it the machine and the disk of the largest dataset', () => {
    expect(template).toMatchObject({ instance_type: 'c7i.4xlarge', block_device_mappings: [{ device_name: '/dev/xvda', ebs: { volume_size: 400, volume_type: 'gp3', encrypted: 'true', delete_on_termination: 'true' } }] });
  });

  it('lets it write below the prefixes of its datasets, and nowhere else', () => {
    const { Statement } = JSON.parse(stack.only('aws_iam_role_policy').policy as string) as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
    const below = (statement: { readonly Resource: string[] }) => statement.Resource.map((resource) => resource.replace(/^\$\{[^}]+\}/, ''));
    expect(Statement.map((statement) => [statement.Sid, statement.Action.join(' '), below(statement).join(' ')])).toEqual([
      ['WriteLog', 'logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents', ' :*'],
      ['LocateDatasetsProgramsDatagen', 's3:GetBucketLocation', ''],
      ['ListDatasetsProgramsDatagen', 's3:ListBucket', ''],
      ['ReadDatasetsProgramsDatagen', 's3:GetObject', '/programs/datagen/*'],
      ['LocateDatasetsTpchSf1', 's3:GetBucketLocation', ''],
      ['ListDatasetsTpchSf1', 's3:ListBucket', ''],
      ['ReadDatasetsTpchSf1', 's3:GetObject', '/tpch/sf1/*'],
      ['WriteDatasetsTpchSf1', 's3:PutObject s3:DeleteObject s3:AbortMultipartUpload s3:ListMultipartUploadParts', '/tpch/sf1/*'],
      ['Telltpchsf1', 'ssm:GetParameter ssm:PutParameter', ''],
      ['LocateDatasetsTpchSf100Double', 's3:GetBucketLocation', ''],
      ['ListDatasetsTpchSf100Double', 's3:ListBucket', ''],
      ['ReadDatasetsTpchSf100Double', 's3:GetObject', '/tpch/sf100-double/*'],
      ['WriteDatasetsTpchSf100Double', 's3:PutObject s3:DeleteObject s3:AbortMultipartUpload s3:ListMultipartUploadParts', '/tpch/sf100-double/*'],
      ['Telltpchsf100double', 'ssm:GetParameter ssm:PutParameter', ''],
    ]);
  });

  it('keeps a place for the id of each dataset, which a plan leaves alone', () => {
    const parameters = Object.values(stack.resources('aws_ssm_parameter'));
    expect(parameters.map(({ name }) => name).sort()).toEqual(['/bench/datasets/tpch/sf1', '/bench/datasets/tpch/sf100-double']);
    expect(parameters.every(({ value, lifecycle }) => value === 'none' && JSON.stringify(lifecycle) === '{"ignore_changes":["value"]}')).toBe(true);
  });

  it('ships the program under a name that changes with its content', () => {
    const key = (from: ReturnType<typeof generator>) => from.only('aws_s3_object').key;
    const before = key(generator());
    writeFileSync(join(folder, 'more.js'), 'more');
    expect(key(generator())).not.toBe(before);
  });

  it('makes a network of its own where none is given', () => {
    expect(stack.resources('aws_vpc')).toEqual({});
    const own = awsStack((scope) => {
      const bucket = new DatasetBucket(scope, 'Data', { bucketName: 'data' });
      new DatasetGenerator(scope, 'Generator', { project: 'bench', region: 'us-east-2', bucket, datasets: DATASETS, programFolder: folder });
    });
    expect(own.only('aws_vpc')).toMatchObject({ tags: { Name: 'bench-datagen' } });
  });

  it('is refused with everything that is wrong', () => {
    expect(() => generator({ datasets: [], programFolder: join(folder, 'none') })).toThrow(/2 problems:[\s\S]*datasets is empty[\s\S]*npm run build/);
  });
});

describe('the script of a machine', () => {
  const props = { region: 'us-east-2', bucketName: 'data', programKey: 'programs/datagen/x.zip', logGroupName: '/bench/datagen', parameterPath: '/bench/datasets' };
  const script = machineScript(props);

  it('is what Terraform composes for the launch template', () => {
    const text = generator().only('aws_launch_template').user_data as string;
    const pieces = /^\$\{base64encode\(join\("", (\[.*\])\)\)\}$/.exec(text)?.[1] ?? '';
    const values: Record<string, string> = { bucket: 'data', key: 'programs/datagen/x.zip', name: '/bench/datagen' };
    const composed = pieces
      .replace(/aws_\w+\.[\w-]+\.(bucket|key|name)/g, (_all, attribute: string) => JSON.stringify(values[attribute]))
      .replace(/base64decode\("([^"]*)"\)/g, (_all, body: string) => JSON.stringify(Buffer.from(body, 'base64').toString('utf8')));
    expect((JSON.parse(composed) as string[]).join('')).toBe(script);
  });

  it('is a script that bash takes, within what EC2 takes', () => {
    expect(() => execFileSync('bash', ['-n'], { input: script })).not.toThrow();
    expect(script.length).toBeLessThan(16_384);
  });

  it('sets its own end before anything that can hang or fail', () => {
    const lines = script.split('\n');
    const end = lines.findIndex((line) => line.startsWith('$FLOWBENCH_SHUTDOWN -h +60'));
    expect(end).toBeGreaterThan(0);
    expect(lines.slice(0, end).filter((line) => !/^(#|export |set |\[ -n |[A-Z_]+=|$)/.test(line))).toEqual([]);
  });

  it('uploads the manifest only after what arrived was compared with it', () => {
    const order = ['aws s3 rm --quiet "$TARGET/_flowbench/manifest.json"', 'aws s3 sync', '\ncompare "$MANIFEST"', 'aws s3 cp --no-progress "$MANIFEST"', 'aws ssm put-parameter'].map((step) => script.indexOf(step));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBeGreaterThan(0);
  });
});

describe('the size of a machine', () => {
  it.each([0.01, 1, 10, 30, 100, 1_000])('for scale factor %s is a type with a known price', (scaleFactor) => {
    expect(NODE_SHAPES).toContain(generatorShape(scaleFactor));
    expect(generatorShape(scaleFactor)?.architecture).toBe('x86_64');
  });

  it('for scale factor 100 has 16 vCPUs or 64 GiB, and at least 300 GB of disk', () => {
    const shape = generatorShape(100);
    expect((shape?.vcpus ?? 0) >= 16 || (shape?.memoryMib ?? 0) >= 65_536).toBe(true);
    expect(generatorSize(100).diskGib).toBeGreaterThanOrEqual(300);
  });
});
