import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { defaultHttpfsFile } from '../../workloads/cli/s3.js';
import { installHttpfs } from '../../workloads/cli/s3/install-httpfs.js';
import { type AwsEmulator, EMULATOR_CREDENTIALS, startAwsEmulator } from '../terraform/emulator/emulator.js';

const PROJECT = join(__dirname, '..', '..');
const REGION = 'us-east-2';

/** How a pod on EKS comes to its credentials: a token in a file, exchanged at STS for keys that end. Needs a built project. */
describe('a role taken by a web identity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'web-identity-'));
  let emulator: AwsEmulator;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    await installHttpfs({ file: defaultHttpfsFile(), python: 'python3', signal: new AbortController().signal });
    const s3 = new S3Client({ region: REGION, endpoint: emulator.endpoint, forcePathStyle: true, credentials: EMULATOR_CREDENTIALS });
    await s3.send(new CreateBucketCommand({ Bucket: 'bench', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    s3.destroy();
    writeFileSync(join(folder, 'token'), ['header', Buffer.from(JSON.stringify({ sub: 'system:serviceaccount:flowbench-alpha:flow-worker' })).toString('base64url'), 'signature'].join('.'));
  }, 300_000);

  afterAll(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function check(more: NodeJS.ProcessEnv): Promise<{ stdout: string }> {
    const env = {
      PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, FLOWBENCH_HTTPFS: defaultHttpfsFile(),
      AWS_REGION: REGION, AWS_ENDPOINT_URL: emulator.endpoint, AWS_EC2_METADATA_DISABLED: 'true', ...more,
    };
    return promisify(execFile)(process.execPath, [join(PROJECT, 'bin', 'flowbench.js'), 's3', 'check', 's3://bench/somewhere'], { env });
  }

  it('is enough to list, write, read and query S3', async () => {
    const { stdout } = await check({ AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/flow-worker', AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token') });
    expect(stdout.match(/^ok /gm)).toHaveLength(7);
    expect(stdout).toContain('reads by DuckDB');
  }, 120_000);

  it('is missed where there is none', async () => {
    await expect(check({})).rejects.toMatchObject({ stdout: expect.stringMatching(/credentials/i) as string });
  }, 120_000);
});
