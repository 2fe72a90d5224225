import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsPart } from './aws-part.js';
import { foreignApp, RESOLUTIONS } from './foreign-app-source.js';
import { type CommandResult, runCommand, Terraform } from './terraform.js';

const ROOT = join(__dirname, '..', '..');
const MINUTE_MS = 60_000;
const NOWHERE = 'http://127.0.0.1:1';

interface PackageJson {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as PackageJson;
const AWS = '@cdktf/provider-aws';
/** What the other team has beside our package. */
const OTHERS = [
  'cdktf', 'constructs', '@cdktf/provider-google', '@cdktf/provider-helm', '@cdktf/provider-kubernetes', '@cdktf/provider-time', '@types/node', 'typescript',
];

/** The oldest binding that we promise to work with, and the one that we develop with. */
const AWS_VERSIONS = ['20.1.0', packageJson.devDependencies[AWS] ?? ''] as const;

describe('the packed constructs in an app of somebody else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-foreign-app-'));
  const run = async (command: string, args: readonly string[], inFolder = folder): Promise<CommandResult> => runCommand(command, args, { folder: inFolder, environment: process.env });
  const expectToWork = ({ exitCode, output }: CommandResult): void => {
    expect(exitCode === 0 ? '' : output).toBe('');
  };
  const install = (packages: readonly string[]): Promise<CommandResult> =>
    run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--save-exact', ...packages]);

  beforeAll(async () => {
    const packed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], ROOT);
    expectToWork(packed);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'foreign-app', version: '1.0.0', private: true }));
    writeFileSync(join(folder, 'main.ts'), foreignApp());
    const pinned = OTHERS.map((name) => `${name}@${packageJson.devDependencies[name]}`);
    expectToWork(await install([`./flowbench-${packageJson.version}.tgz`, `${AWS}@${AWS_VERSIONS[0]}`, ...pinned]));
  }, 15 * MINUTE_MS);

  afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

  describe.each(AWS_VERSIONS)('with @cdktf/provider-aws %s', (version) => {
    let stack: Readonly<Record<string, unknown>> = {};

    test('installs', async () => {
      expectToWork(await install([`${AWS}@${version}`]));
      const installed = JSON.parse(readFileSync(join(folder, 'node_modules', AWS, 'package.json'), 'utf8')) as { version: string };
      expect(installed.version).toBe(version);
    }, 10 * MINUTE_MS);

    test.each(Object.entries(RESOLUTIONS))('type-checks under moduleResolution %s', async (name, compilerOptions) => {
      writeFileSync(join(folder, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
      expectToWork(await run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', `tsconfig.${name}.json`]));
    }, 5 * MINUTE_MS);

    test('synthesises, with no provider and no backend but its own', async () => {
      expectToWork(await run(process.execPath, [join('out', 'main.js')]));
      stack = JSON.parse(readFileSync(join(folder, 'cdktf.out', 'stacks', 'our-stack', 'cdk.tf.json'), 'utf8')) as typeof stack;
      const { backend } = stack.terraform as { backend: object };
      expect(Object.entries(stack.provider as object).map(([name, instances]) => [name, (instances as unknown[]).length])).toEqual([['aws', 1], ['helm', 1], ['kubernetes', 1], ['time', 1]]);
      expect(backend).toMatchObject({ s3: { bucket: 'our-state' } });
      expect(Object.keys(backend)).toEqual(['s3']);
      const kinds = Object.keys(stack.resource as object);
      expect(kinds).toEqual(expect.arrayContaining(['aws_eks_cluster', 'aws_s3_bucket', 'helm_release', 'time_static']));
    }, MINUTE_MS);

    test('is valid Terraform', async () => {
      const terraform = await Terraform.find();
      const stackFolder = join(folder, `valid-${version}`);
      mkdirSync(stackFolder);
      writeFileSync(join(stackFolder, 'cdk.tf.json'), JSON.stringify(awsPart(stack, NOWHERE).stack));
      await terraform.init(stackFolder);
      expectToWork(await terraform.validate(stackFolder));
    }, 10 * MINUTE_MS);
  });
});
