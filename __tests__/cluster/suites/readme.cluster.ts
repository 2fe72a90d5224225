import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { benchNamespace } from '../../../workloads/model/physical-names.js';
import { commandsOf, snippetsOf } from '../../docs/snippets.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { TestCluster } from '../harness/test-cluster.js';

jest.setTimeout(360_000);

const PROJECT = join(__dirname, '..', '..', '..');
const COMMANDS = snippetsOf('README.md', readFileSync(join(PROJECT, 'README.md'), 'utf8')).filter(({ check }) => check === 'cluster').flatMap(({ text }) => commandsOf(text));

/** What the README tells people to type with a deployed alpha-stack, typed, in its order. */
describe('the README, on a cluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-readme-cluster-'));
  let cluster: TestCluster;
  let environment: NodeJS.ProcessEnv;

  /** A program of the folder, found before others of its name. */
  function addProgram(name: string, body: string): void {
    const file = join(folder, 'programs', name);
    writeFileSync(file, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(file, 0o755);
  }

  beforeAll(async () => {
    cluster = await TestCluster.shared();
    await cluster.controls.useOwnImages();
    await cluster.controls.makePhase(benchNamespace('alpha'), { phase: 'alpha', port: await reservedPort() });
    mkdirSync(join(folder, 'programs'));
    addProgram('npx', 'exec "$@"');
    addProgram('flowbench', `exec "${process.execPath}" "${join(PROJECT, 'bin', 'flowbench.js')}" "$@"`);
    const { kubeconfig, s3Environment } = cluster.facts;
    environment = { HOME: process.env.HOME, PATH: [join(folder, 'programs'), process.env.PATH].join(delimiter), KUBECONFIG: kubeconfig, ...s3Environment };
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(COMMANDS)('%s', (command) => {
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', command], { cwd: folder, env: environment, encoding: 'utf8' });
    expect(status === 0 ? '' : `${stdout}${stderr}`).toBe('');
  });

  test('leaves the runs at home, with a report of them', () => {
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1);
    expect(existsSync(join(folder, 'docs', 'BENCHMARKS-DISTRIBUTED.md'))).toBe(true);
  });
});
