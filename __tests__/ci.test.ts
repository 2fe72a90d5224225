import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { PROJECT_ROOT } from './architecture/project-tree.js';

/** What jest would write about a suite, and the exit code it would end with. */
interface FakeSuite {
  readonly passed: number;
  readonly failed?: number;
  /** Test files that could not even be loaded. */
  readonly broken?: number;
  readonly exitCode?: number;
  /** What its report says of single test files. */
  readonly testResults?: readonly object[];
}

const SUITE_NAMES = ['test', 'heavy', 'terraform', 'cluster', 'engines', 'browser'] as const;
type SuiteName = (typeof SUITE_NAMES)[number];

interface FakeMachine {
  readonly suites: Readonly<Record<SuiteName, FakeSuite | null>>;
  readonly installs?: boolean;
  readonly chromium?: boolean;
  readonly terraform?: boolean;
  readonly go?: boolean;
  readonly maven?: boolean;
  readonly frontDoorExitCode?: number;
  readonly datagenExitCode?: number;
  readonly enginesExitCode?: number;
}

const GREEN: FakeMachine = { suites: { test: { passed: 40 }, heavy: { passed: 7 }, terraform: { passed: 9 }, cluster: { passed: 5 }, engines: { passed: 6 }, browser: { passed: 4 } } };

/** Runs the real script where npm, python3, chromium and the CLI are stand-ins. */
function runCi(machine: FakeMachine): { lines: string[]; errors: string; exitCode: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-ci-'));
  const program = (name: string, body: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const jest = (name: keyof FakeMachine['suites']): string => {
    const suite = machine.suites[name];
    if (suite === null) return `*${name}.json*) exit 1;;`;
    const { passed, failed = 0, broken = 0, exitCode = failed + broken > 0 ? 1 : 0, testResults } = suite;
    const report = JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numRuntimeErrorTestSuites: broken, testResults });
    return `*${name}.json*) f="\${all#*--outputFile=}"; cat > "\${f%% *}" <<'REPORT'\n${report}\nREPORT\nexit ${exitCode};;`;
  };
  program('programs/npm', `all="$*"; case "$all" in ci*) exit ${machine.installs === false ? 1 : 0};; ${SUITE_NAMES.map(jest).join(' ')} esac`);
  program('programs/python3', 'exit 0');
  program('programs/sleep', 'exit 0');
  if (machine.chromium !== false) program('programs/chromium', 'exit 0');
  if (machine.terraform !== false) program('programs/terraform', 'exit 0');
  if (machine.go !== false) program('programs/go', 'exit 0');
  if (machine.maven !== false) program('programs/mvn', 'exit 0');
  for (const name of ['bash', 'cat', 'dirname', 'head', 'ls', 'mkdir', 'mktemp', 'rm', 'tee']) program(`programs/${name}`, `exec ${which(name)} "$@"`);
  program('programs/node', `exec "${process.execPath}" "$@"`);
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'flowbench.js'), `process.exit({ start: ${machine.frontDoorExitCode ?? 0}, datagen: ${machine.datagenExitCode ?? 0}, engines: ${machine.enginesExitCode ?? 0} }[process.argv[2]]);`);
  mkdirSync(join(folder, '.ci'));
  copyFileSync(join(PROJECT_ROOT, '.ci', 'run'), join(folder, '.ci', 'run'));
  const result = spawnSync('bash', ['.ci/run'], { cwd: folder, encoding: 'utf8', env: { HOME: folder, PATH: join(folder, 'programs') + delimiter } });
  rmSync(folder, { recursive: true, force: true });
  return { lines: result.stdout.trim().split('\n'), errors: result.stderr, exitCode: result.status };
}

function which(name: string): string {
  return execFileSync('bash', ['-c', `type -P ${name}`], { encoding: 'utf8' }).trim();
}

describe('.ci/run', () => {
  it('sums the tests of all suites in its last line', () => {
    const { lines, exitCode } = runCi(GREEN);
    expect(lines.at(-1)).toBe('74 passed, 0 failed');
    expect(exitCode).toBe(0);
  });

  it('says of each suite how long it took', () => {
    const { lines } = runCi(GREEN);
    expect(lines.filter((line) => /^== \w[\w-]*: \d+ passed, \d+ failed in \d+ s$/.test(line))).toHaveLength(9);
  });

  const faults: readonly (readonly [string, FakeMachine, string])[] = [
    ['a failed test', { suites: { ...GREEN.suites, heavy: { passed: 6, failed: 1 } } }, '73 passed, 1 failed'],
    ['a test file that could not be loaded', { suites: { ...GREEN.suites, test: { passed: 30, broken: 2 } } }, '64 passed, 2 failed'],
    ['types or lint that stop before the tests', { suites: { ...GREEN.suites, test: null } }, '34 passed, 1 failed'],
    ['a runner that ends badly after its last test', { suites: { ...GREEN.suites, test: { passed: 40, exitCode: 1 } } }, '74 passed, 1 failed'],
    ['a suite that ran no test', { suites: { ...GREEN.suites, browser: { passed: 0 } } }, '70 passed, 1 failed'],
    ['a browser that cannot be had', { ...GREEN, chromium: false }, '70 passed, 1 failed'],
    ['a Terraform that cannot be had', { ...GREEN, terraform: false }, '65 passed, 1 failed'],
    ['a Go that cannot be had', { ...GREEN, go: false }, '69 passed, 1 failed'],
    ['a Maven that cannot be had', { ...GREEN, maven: false }, '67 passed, 1 failed'],
    ['a main job that fails', { ...GREEN, frontDoorExitCode: 1 }, '73 passed, 1 failed'],
    ['a generator that fails', { ...GREEN, datagenExitCode: 2 }, '73 passed, 1 failed'],
    ['engines that cannot be installed', { ...GREEN, enginesExitCode: 2 }, '73 passed, 1 failed'],
    ['an install that fails', { ...GREEN, installs: false }, '0 passed, 1 failed'],
  ];

  it.each(faults)('fails for %s', (_what, machine, closing) => {
    const { lines, exitCode } = runCi(machine);
    expect(lines.at(-1)).toBe(closing);
    expect(exitCode).toBe(1);
  });

  it('tells at its end, above the sums, each test that failed and why', () => {
    const testResults = [
      { name: '/there/good.heavy.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'is good' }] },
      { name: '/there/bad.heavy.ts', status: 'failed', assertionResults: [{ status: 'failed', fullName: 'counts rows', failureMessages: ['\u001b[2mError: 3 rows\u001b[22m\n    at somewhere'] }, { status: 'passed', fullName: 'adds' }] },
      { name: '/there/broken.heavy.ts', status: 'failed', message: '\n  Cannot find module x\n', assertionResults: [] },
    ];
    const { lines } = runCi({ ...GREEN, chromium: false, frontDoorExitCode: 1, suites: { ...GREEN.suites, heavy: { passed: 6, failed: 1, broken: 1, testResults } } });
    expect(lines.slice(-5)).toEqual([
      '== failed in heavy: bad.heavy.ts > counts rows: Error: 3 rows',
      '== failed in heavy: broken.heavy.ts: Cannot find module x',
      '== browser: cannot run: chromium is not there and could not be installed',
      '== failed in front-door: see its output above',
      '68 passed, 4 failed',
    ]);
  });

  it('names in one line what a suite is missing', () => {
    expect(runCi({ ...GREEN, chromium: false }).errors).toContain('== browser: cannot run: chromium is not there and could not be installed\n');
    expect(runCi({ ...GREEN, go: false }).errors).toContain('== cluster: cannot run: Go, which builds its control plane, is not on the PATH\n');
    expect(runCi({ ...GREEN, maven: false }).errors).toContain('== engines: cannot run: Maven, which fetches engines, is not there and could not be installed\n');
    expect(runCi({ ...GREEN, terraform: false }).errors).toContain('== terraform: cannot run: the Terraform CLI is not on the PATH\n');
  });
});
