import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUERY_IDS } from '../../../workloads/model/queries.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { Phase } from '../harness/phase.js';
import { flaws, idIn } from '../harness/runs.js';

jest.setTimeout(1_800_000);

const PROJECT = join(__dirname, '..', '..', '..');
const SERIES = ['job', 'warm-job'] as const;
const WORKERS = [1, 2, 4] as const;
const RUNS = 2;

/** What a run on a laptop has nothing to say about. */
const ONLY_OF_A_CLUSTER: readonly string[] = ['### Where the time of a unit goes on the cluster', '### Cost'];

/** The bytes that a pod receives are counted at its network interface, which processes of one machine have in common. */
const NOT_COUNTED_HERE: readonly string[] = ['### Byte bound'];

/** The whole benchmark, everything under the coordinator's own Role. */
describe('a benchmark on Kubernetes', () => {
  let phase: Phase;

  beforeAll(async () => { phase = await Phase.deploy('campaign'); }, START_TIMEOUT_MS);
  afterAll(() => phase.cluster.stop());

  test('measures all 22 queries with 1, 2 and 4 workers in both series: every cell right, every row group read once', async () => {
    const { exitCode, stderr } = await phase.run('--queries', 'all', '--workers', WORKERS.join(','), '--runs', String(RUNS), '--null-run', 'none');
    const rows = phase.rows(idIn(stderr), 'home');
    expect(rows.flatMap(flaws)).toEqual([]);
    expect(exitCode).toBe(0);
    expect(rows).toHaveLength(QUERY_IDS.length * WORKERS.length * SERIES.length * RUNS);
    expect(new Set(rows.map(({ executor }) => executor))).toEqual(new Set(SERIES));
    expect(await phase.leftovers()).toEqual([]);
    const [there, here] = [headingsOf(report(join(phase.outDir, idIn(stderr)))), headingsOf(report(localRun()))];
    expect(there.filter((heading) => !ONLY_OF_A_CLUSTER.includes(heading))).toEqual(here.filter((heading) => !NOT_COUNTED_HERE.includes(heading)));
    expect(there).toEqual(expect.arrayContaining([...ONLY_OF_A_CLUSTER]));
  });

  function report(run: string): string {
    const out = mkdtempSync(join(tmpdir(), 'flowbench-report-'));
    execFileSync(process.execPath, ['bin/flowbench.js', 'report', run, '--out', out], { cwd: PROJECT, stdio: 'pipe' });
    return readFileSync(join(out, 'BENCHMARKS-DISTRIBUTED.md'), 'utf8');
  }

  function localRun(): string {
    const out = mkdtempSync(join(tmpdir(), 'flowbench-local-'));
    execFileSync(process.execPath, ['bin/flowbench.js', 'run', '--dataset', 'lib/workloads/tpch/sample/sf0.01', '--engines', 'flow', '--executor', 'process,warm', '--workers', '1,2', '--queries', 'Q1,Q6', '--runs', '2', '--out', out], { cwd: PROJECT, stdio: 'pipe' });
    const [run] = execFileSync('ls', [out], { encoding: 'utf8' }).trim().split('\n');
    return join(out, run ?? '');
  }
});

/** What a report consists of. */
/** Without what differs with the data and the largest number of workers. */
function headingsOf(markdown: string): string[] {
  return markdown.split('\n').filter((line) => /^#{1,3} /.test(line)).map((line) => line.replace(/ · .*$/, '').replace(/ at N = \d+$/, ''));
}
