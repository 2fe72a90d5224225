import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { imageSource, type ImageVariant } from '../../workloads/cloud/images/image-source.js';
import { embeddedQueries } from '../../workloads/engines/install/ematix.js';
import { S3Server } from '../fixtures/s3-server.js';
import { assembleImage, type ImageConfig } from './assemble.js';
import { CleanRoot } from './clean-root.js';
import { contentsOf } from './image-contents.js';

/** Bytes of the files that an image adds to its base, unpacked; the base's own are in images/versions.ts. */
const MOST_BYTES = { 'flow-worker': 106_000_000, coordinator: 140_000_000 } as const;
const SAMPLE = 'app/lib/workloads/tpch/sample';

/** Assembling starts a program, and reads what the package holds. */
jest.setTimeout(180_000);

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-test-'));
const folders = { 'flow-worker': join(scratch, 'flow-worker'), coordinator: join(scratch, 'coordinator') };
const configs = new Map<string, ImageConfig>();
const roots = new Map<string, CleanRoot>();

beforeAll(async () => {
  for (const image of ['flow-worker', 'coordinator'] as const) {
    const config = await assembleImage(image, folders[image]);
    configs.set(image, config);
    roots.set(image, new CleanRoot(folders[image], config));
  }
}, 600_000);

afterAll(() => {
  for (const root of roots.values()) root.remove();
  rmSync(scratch, { recursive: true, force: true });
});

function rootOf(image: string): CleanRoot {
  const root = roots.get(image);
  if (root === undefined) throw new Error(`${image} was not assembled`);
  return root;
}

describe.each(['flow-worker', 'coordinator'] as const)('the files of %s', (image) => {
  it('hold programs, their packages and httpfs, nothing of development or infrastructure, within a stated size', () => {
    const { problems, bytes } = contentsOf(folders[image]);
    expect(problems).toEqual([]);
    expect(bytes).toBeLessThan(MOST_BYTES[image]);
    expect(bytes).toBeGreaterThan(MOST_BYTES[image] * 0.9);
    expect(existsSync(join(folders[image], configs.get(image)?.env.FLOWBENCH_HTTPFS ?? ''))).toBe(true);
  });

  it('say what they are, and are left as they are when they are asked for again', async () => {
    const config = configs.get(image);
    expect(config).toMatchObject({ user: '1000:1000', workingDir: '/app', labels: { 'org.opencontainers.image.licenses': 'Apache-2.0', 'org.opencontainers.image.version': '0.1.0' } });
    const mark = join(folders[image], 'mark');
    writeFileSync(mark, '');
    expect(await assembleImage(image, folders[image])).toEqual(config);
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
  }, 60_000);

  it.each([
    ['a package for development', 'app/node_modules/typescript/lib/tsc.js', 'the package typescript'],
    ['a package of the infrastructure', 'app/node_modules/@cdktf/provider-aws/index.js', 'the package @cdktf/provider-aws'],
    ['a client of AWS', 'app/node_modules/apache-arrow/node_modules/@aws-sdk/client-s3/index.js', 'the package @aws-sdk/client-s3'],
    ['a construct', 'app/lib/constructs/index.js', 'app/lib/constructs/index.js'],
    ['a test', 'app/lib/workloads/a.test.js', 'app/lib/workloads/a.test.js'],
    ['the real ematix-flow, for which nobody asked', 'opt/flowbench/ematix/flow', 'opt/flowbench/ematix/flow, which is of no part of an image'],
    ['a file of no part', 'root/.npmrc', 'root/.npmrc, which is of no part of an image'],
  ])('would be noticed with %s', (_what, path, problem) => {
    const planted = join(scratch, 'planted');
    cpSync(join(folders[image], 'app/bin'), join(planted, 'app/bin'), { recursive: true });
    mkdirSync(join(planted, path, '..'), { recursive: true });
    writeFileSync(join(planted, path), '');
    expect(contentsOf(planted).problems).toEqual([problem]);
    rmSync(planted, { recursive: true });
  });
});

describe('the packages of the worker', () => {
  it('are the database, Arrow, and what they need', () => {
    expect(contentsOf(folders['flow-worker']).packages).toEqual([
      '@duckdb/node-bindings', '@duckdb/node-bindings-linux-x64', '@types/node', 'apache-arrow', 'detect-libc', 'flatbuffers', 'json-with-bigint', 'tslib', 'undici-types',
    ]);
  });
});

describe('the real ematix-flow in the worker', () => {
  const of = (variant: ImageVariant): string[] => [...imageSource(join(__dirname, '..', '..'), 'flow-worker', variant).keys()].filter((path) => path.includes('ematix'));

  it('is built of what the package has for it where it was asked for, and is not there by default', () => {
    expect(of({})).toEqual([]);
    expect(existsSync(join(folders['flow-worker'], 'opt/flowbench/ematix'))).toBe(false);
    const locks = ['ematix-build.txt', 'ematix.txt'].map((name) => `lib/workloads/engines/install/locks/${name}`);
    expect(of({ ematixQueries: embeddedQueries() })).toEqual([...Array.from({ length: 22 }, (_, index) => `ematix-queries/q${String(index + 1).padStart(2, '0')}.sql`), ...locks]);
  });
});

describe('in a root of their own, read-only and without a network', () => {
  const data = (): string => join(folders.coordinator, SAMPLE);
  const unit = ['--query', 'Q6', '--tpch-dir', '/data/sf0.01', '--row-group-range', '0:3'];

  it('the worker does a unit as the image\'s user, spilling where pods may', async () => {
    const { status, stdout, stderr } = await rootOf('flow-worker').run(['flow-worker', ...unit, '--output', '/spill/partial.parquet'], { data: data() });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ query: 'Q6', rows_in: 871, rows_out: 1, error: null });
  });

  it('the worker writes Arrow too', async () => {
    const { status, stdout } = await rootOf('flow-worker').run(['flow-worker', ...unit, '--output', '/spill/partial.arrow'], { data: data() });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows_out: 1, error: null });
  });

  it('the worker uses the code that V8 kept for it', async () => {
    const asked = "const{Script}=require('vm'),M=require('module'),f='/app/lib/flow-worker.js',{readFileSync:r}=require('fs');console.log(new Script(M.wrap(r(f,'utf8')),{filename:f,cachedData:r(f+'.cache')}).cachedDataRejected)";
    expect((await rootOf('flow-worker').run(['node', '-e', asked])).stdout.trim()).toBe('false');
    // Why the image sets no flag of V8 for the worker.
    expect((await rootOf('flow-worker').run(['node', '--max-old-space-size=512', '-e', asked])).stdout.trim()).toBe('true');
  });

  it('the database loads its extension by path', async () => {
    const asked = "const{DuckDBInstance:D}=require('@duckdb/node-api');D.create().then(i=>i.connect()).then(async c=>{await c.run(`LOAD '${process.env.FLOWBENCH_HTTPFS}'`);const r=await c.runAndReadAll(\"SELECT loaded FROM duckdb_extensions() WHERE extension_name='httpfs'\");console.log(r.getRows()[0][0])})";
    expect(await rootOf('coordinator').run(['node', '-e', asked], { env: { NODE_PATH: '/app/node_modules' } })).toMatchObject({ status: 0, stdout: 'true\n' });
  });

  it('the coordinator tells its version', async () => {
    expect(await rootOf('coordinator').run(['flowbench', '--version'])).toEqual({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('the coordinator runs a query, gated, and reports it', async () => {
    const { status, stdout, stderr } = await rootOf('coordinator').run(['flowbench', 'run', '--dataset', '/data/sf0.01', '--queries', 'Q6', '--workers', '1', '--runs', '2', '--out', '/tmp/runs'], { data: data() });
    expect([status, stderr.match(/flowbench: .*/)?.[0]]).toEqual([0, undefined]);
    expect(`${stdout}${stderr}`).toContain('all answers exact, each row group read once');
  });

  it('nothing can be written into the image, and nobody is root', async () => {
    const tried = await rootOf('coordinator').run(['node', '-e', "try{require('fs').writeFileSync('/app/a','')}catch(e){console.log(e.code,process.getuid(),process.getgid())}"]);
    expect(tried.stdout.trim()).toMatch(/^EROFS (1000 1000|0 0)$/);
  });

  it('a package that was forgotten is noticed', async () => {
    const broken = join(scratch, 'broken');
    cpSync(folders['flow-worker'], broken, { recursive: true, verbatimSymlinks: true });
    rmSync(join(broken, 'app/node_modules/@duckdb'), { recursive: true });
    const root = new CleanRoot(broken, configs.get('flow-worker') ?? { env: {}, user: '1000:1000' });
    const { status } = await root.run(['flow-worker', ...unit, '--output', '/spill/partial.parquet'], { data: data() });
    expect(status).not.toBe(0);
    root.remove();
  });
});

describe('against a server of S3, with nothing to be had from elsewhere', () => {
  let server: S3Server;
  const env = (): Record<string, string> => ({
    AWS_ENDPOINT_URL: server.endpoint, AWS_REGION: server.region, AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  });

  beforeAll(async () => {
    server = await S3Server.start();
    await server.makeBucket('results');
    await server.makeBucket('data');
    cpSync(join(folders.coordinator, SAMPLE, 'sf0.01'), join(server.folder, 'data', 'sf0.01'), { recursive: true });
  }, 600_000);

  afterAll(async () => {
    await server.stop();
  });

  it('the worker reads by the extension of its image, and puts its partial beside', async () => {
    const words = ['flow-worker', '--query', 'Q6', '--tpch-dir', 's3://data/sf0.01', '--row-group-range', '0:3', '--output', 's3://results/partials/a-{pod_uid}.parquet', '--pod-uid', 'u1'];
    const { status, stdout } = await rootOf('flow-worker').run(words, { hasNetwork: true, env: env() });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows_in: 871, rows_out: 1, error: null, output_uri: 's3://results/partials/a-u1.parquet' });
    expect(readdirSync(join(server.folder, 'results', 'partials'))).toContain('a-u1.parquet');
  }, 60_000);

  it('the worker says so when its extension is not there', async () => {
    const { status, stdout, stderr } = await rootOf('flow-worker').run(['flow-worker', '--query', 'Q6', '--tpch-dir', 's3://data/sf0.01', '--row-group-range', '0:3', '--output', 's3://results/partials/b.parquet'], {
      hasNetwork: true, env: { ...env(), FLOWBENCH_HTTPFS: '/opt/flowbench/gone' },
    });
    expect(status).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain('/opt/flowbench/gone');
  }, 60_000);
});

describe('a Dockerfile that asks for what is not known', () => {
  const sound = [
    'FROM ${NODE_IMAGE} AS made', 'WORKDIR /app', 'COPY bin ./bin',
    'FROM ${NODE_IMAGE}', 'WORKDIR /app', 'COPY --from=made /app/bin ./bin', 'COPY package.json ./', 'RUN chmod 0700 bin/a.js && ln -s /app/bin/a.js /usr/local/bin/a', 'USER 1000:1000', 'ENTRYPOINT ["a"]', '',
  ].join('\n');

  async function assembled(dockerfile: string): Promise<string> {
    const packageRoot = mkdtempSync(join(scratch, 'package-'));
    const files = {
      'package.json': JSON.stringify({ name: 'a', version: '0.1.0', bin: {}, dependencies: {} }),
      'bin/a.js': 'a',
      'lib/images/coordinator/Dockerfile': dockerfile,
      'lib/images/package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: {} }),
    };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(packageRoot, path)), { recursive: true });
      writeFileSync(join(packageRoot, path), content);
    }
    const folder = join(packageRoot, 'image');
    await assembleImage('coordinator', folder, { package: packageRoot, cache: join(scratch, 'cache') });
    return folder;
  }

  it('is carried out when everything in it is known', async () => {
    const folder = await assembled(sound);
    expect(readdirSync(join(folder, 'app')).sort()).toEqual(['bin', 'package.json']);
    expect(statSync(join(folder, 'app/bin/a.js')).mode & 0o777).toBe(0o700);
    expect(readlinkSync(join(folder, 'usr/local/bin/a'))).toBe('/app/bin/a.js');
  });

  it.each([
    ['chmod 0700 bin/a.js', 'chown 1000 bin/a.js', /"chown 1000 bin\/a\.js" is not carried out here/],
    ['/app/bin ./bin', '/app/gone ./bin', /there is no \/app\/gone to copy/],
    ['--from=made', '--from=built', /No stage built comes before/],
    ['USER 1000:1000', 'VOLUME /spill', /is an instruction that is not known here/],
    ['USER 1000:1000', 'ARG WHO', /ARG is not carried out here/],
  ])('is refused: %s → %s', async (known, planted, problem) => {
    await expect(assembled(sound.replace(known, planted))).rejects.toThrow(problem);
  });
});
