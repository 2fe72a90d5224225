import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBenchConfig } from '../../workloads/cli/bench-config-file.js';
import { personalConfig } from '../../workloads/cli/init/init.js';

const ROOT = join(__dirname, '..', '..');
const SOURCES = join(ROOT, '__tests__', 'fixtures', 'run-typescript.cjs');
const profile = 'default';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowbench-init-'));
  file = join(folder, 'flowbench.config.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function init(...args: readonly string[]) {
  return spawnSync(process.execPath, ['-r', SOURCES, join(ROOT, 'workloads', 'cli', 'flowbench.ts'), 'init', ...args], {
    cwd: folder, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: join(folder, 'none'), GIT_CONFIG_SYSTEM: join(folder, 'none') },
  });
}

const written = (): unknown => JSON.parse(readFileSync(file, 'utf8'));

describe('flowbench init', () => {
  it('writes what it was given, and says where the state is and what comes next', () => {
    const { status, stdout, stderr } = init('--owner', 'you@example.org', '--region', 'eu-west-1', '--cidr', '203.0.113.4/32, 198.51.100.0/24');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(written()).toEqual({ owner: 'you@example.org', region: 'eu-west-1', adminCidrs: ['203.0.113.4/32', '198.51.100.0/24'] });
    expect(stdout).toMatch(/terraform\.<stack>\.tfstate[\s\S]*flowbench doctor --aws[\s\S]*cdktf deploy/);
    expect(readBenchConfig(folder)).toMatchObject({ owner: 'you@example.org', region: 'eu-west-1', cluster: { workers: 4 } });
  }, 20_000);

  it('takes the owner from git', () => {
    execFileSync('git', ['init', '-q'], { cwd: folder });
    execFileSync('git', ['config', 'user.email', 'git@example.org'], { cwd: folder });
    expect(init('--cidr', '203.0.113.4/32').status).toBe(0);
    expect(written()).toMatchObject({ owner: 'git@example.org' });
  }, 20_000);

  it('guesses no address, and tells how to find it', () => {
    const { status, stderr } = init('--owner', 'you');
    expect(status).toBe(2);
    expect(stderr).toMatch(/--cidr is missing.*checkip\.amazonaws\.com/);
    expect(existsSync(file)).toBe(false);
  }, 20_000);

  it('writes nothing that has a problem, and tells all', () => {
    const { status, stderr } = init('--owner', '*', '--region', 'here', '--cidr', '0.0.0.0/0');
    expect(status).toBe(2);
    expect(stderr).toMatch(/3 problems:[\s\S]*owner: [\s\S]*region: [\s\S]*adminCidrs\.0: [\s\S]*Nothing was written/);
    expect(existsSync(file)).toBe(false);
  }, 20_000);

  it('leaves a file that is there as it is, unless forced', () => {
    writeFileSync(file, '{"owner":"before"}');
    const again = init('--owner', 'after', '--cidr', '203.0.113.4/32');
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/is there already.*--force/);
    expect(written()).toEqual({ owner: 'before' });
    expect(init('--owner', 'after', '--cidr', '203.0.113.4/32', '--force').status).toBe(0);
    expect(written()).toMatchObject({ owner: 'after' });
  }, 20_000);
});

describe('what init writes', () => {
  it('lets everybody in only when told twice', () => {
    expect(personalConfig({ profile, cidr: '0.0.0.0/0', allowAnyCidr: true }, 'me')).toEqual({ owner: 'me', adminCidrs: ['0.0.0.0/0'], allowAnyCidr: true });
  });

  it('asks for both at once when both are missing', () => {
    expect(() => personalConfig({ profile }, undefined)).toThrow(/--owner is missing[\s\S]*--cidr is missing/);
  });
});

describe('the configuration that commands read', () => {
  it('is the default one where nothing is written', () => {
    expect(readBenchConfig(folder)).toMatchObject({ project: 'ematix-flow-bench', region: 'us-east-2' });
  });

  it('is told with all its problems and where to correct them', () => {
    writeFileSync(file, '{"region":"here","cluster":{"workers":0}}');
    expect(() => readBenchConfig(folder)).toThrow(/2 problems:[\s\S]*region: [\s\S]*cluster\.workers: /);
  });

  it('is told when it is no JSON', () => {
    writeFileSync(file, '{');
    expect(() => readBenchConfig(folder)).toThrow(/flowbench\.config\.json is no JSON/);
  });
});
