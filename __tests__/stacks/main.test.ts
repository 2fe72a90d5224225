import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBenchConfig } from '../../workloads/model/bench-config/check.js';
import { composeConfig } from '../../workloads/model/bench-config/profiles.js';
import { KUBERNETES_VERSIONS } from '../../images/versions.js';

const ROOT = join(__dirname, '..', '..');
const SOURCES = join(ROOT, '__tests__', 'fixtures', 'run-typescript.cjs');
const PROJECT = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8')) as { readonly app: string; readonly context: { readonly flowbench: { readonly profiles: Readonly<Record<string, unknown>> } } };

/** The app as cdktf starts it: in a folder, with the context of cdktf.json in the environment. */
class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), 'flowbench-app-'));

  start(personal: string | undefined, environment: Readonly<Record<string, string>> = {}) {
    if (personal !== undefined) writeFileSync(join(this.folder, 'flowbench.config.json'), personal);
    return spawnSync(process.execPath, ['-r', SOURCES, join(ROOT, 'stacks', 'main.ts')], {
      cwd: this.folder, encoding: 'utf8',
      env: { ...process.env, CDKTF_CONTEXT_JSON: JSON.stringify(PROJECT.context), CDKTF_OUTDIR: join(this.folder, 'out'), ...environment },
    });
  }
}

let clone: Clone;
beforeEach(() => {
  clone = new Clone();
});
afterEach(() => {
  rmSync(clone.folder, { recursive: true, force: true });
});

describe('the app, with a configuration that cannot be', () => {
  it('tells every problem on standard error, ends with exit code 2, and shows no stack trace', () => {
    const { status, stderr, stdout } = clone.start(JSON.stringify({ owner: '*', region: 'here', cluster: { workers: 0, nodeType: 't3.large' } }));
    expect(status).toBe(2);
    expect(stdout).toBe('');
    for (const path of ['owner', 'region', 'cluster.workers', 'cluster.nodeType']) expect(stderr).toContain(`- ${path}: `);
    expect(stderr).toMatch(/^flowbench: 4 problems:/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(join(clone.folder, 'out', 'stacks'))).toEqual([]);
  }, 30_000);

  it('says so of a file that is no JSON', () => {
    const { status, stderr } = clone.start('{ "owner": ');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^flowbench: flowbench\.config\.json: cannot be read as JSON: .*init --force/);
  }, 30_000);

  it('says so of a profile that is none', () => {
    const { status, stderr } = clone.start(undefined, { FLOWBENCH_PROFILE: 'scalign' });
    expect(status).toBe(2);
    expect(stderr).toContain('known are default, scaling');
  }, 30_000);
});

describe('the profiles of cdktf.json', () => {
  it.each(Object.keys(PROJECT.context.flowbench.profiles))('%s is without a problem, also under a cluster that exists', (profile) => {
    for (const personal of [undefined, { owner: 'me', cluster: { attachTo: 'shared' } }]) {
      const composed = composeConfig({ context: PROJECT.context.flowbench, profile, personal });
      const checked = 'input' in composed ? checkBenchConfig(composed.input, { kubernetesVersions: Object.keys(KUBERNETES_VERSIONS) }) : composed;
      expect('problems' in checked ? checked.problems : []).toEqual([]);
    }
  });

  it('type-checks the stacks before it runs them', () => {
    expect(PROJECT.app).toMatch(/tsc -p stacks && node \.cdktf-app\/stacks\/main\.js$/);
  });
});
