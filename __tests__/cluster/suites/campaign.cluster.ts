import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JOB_LABELS } from '../../../workloads/model/job-manifest-names.js';
import { QUERY_IDS } from '../../../workloads/model/queries.js';
import { type ResultRow } from '../../../workloads/model/result-row.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { Phase } from '../harness/phase.js';

jest.setTimeout(600_000);

const PROJECT = join(__dirname, '..', '..', '..');
const SERIES = ['job', 'warm-job'] as const;
const WORKERS = [1, 2, 4] as const;
const RUNS = 2;

/** What a run on a laptop has nothing to say about. */
const ONLY_OF_A_CLUSTER: readonly string[] = ['### Where the time of a unit goes on the cluster', '### Cost'];

/** The bytes that a pod receives are counted at its network interface, which processes of one machine have in common. */
const NOT_COUNTED_HERE: readonly string[] = ['### Byte bound'];

const idIn = (text: string): string => /\d{8}T\d{6}Z-[0-9a-f]+/.exec(text)?.[0] ?? '';
/** What is not as it should be with a row; empty for one that is. */
const flaws = (row: ResultRow): string[] => [
  ...(row.status === 'ok' ? [] : [`${row.query} N=${row.workers} ${row.executor ?? ''}: ${row.status} ${row.error ?? ''}`]),
  ...(row.spec_ok === true && row.coverage_ok === true ? [] : [`${row.query} N=${row.workers} ${row.executor ?? ''}: not gated and covered`]),
];

/** A user's way through phase α, as in the guide: everything under the coordinator's own Role. */
describe('a benchmark on Kubernetes', () => {
  let phase: Phase;

  beforeAll(async () => { phase = await Phase.deploy('campaign'); }, START_TIMEOUT_MS);
  afterAll(() => phase.cluster.stop());

  async function expectNothingLeft(): Promise<void> {
    // A Job whose results were collected stays for some minutes, for whoever wants to look at it.
    const going = (await phase.jobs('flow-worker')).filter(({ metadata }) => metadata?.deletionTimestamp === undefined && metadata?.labels?.[JOB_LABELS.collected] === undefined);
    expect(going.map(({ metadata }) => metadata?.name)).toEqual([]);
    const { items } = await phase.cluster.api.ok<{ items: { metadata: { name: string } }[] }>('GET', `/api/v1/namespaces/${phase.namespace}/configmaps`, { query: { labelSelector: 'flowbench/run' } });
    expect(items.map(({ metadata }) => metadata.name)).toEqual([]);
  }

  test('begins with a smoke run: one Job, one shard, gated and cleaned up', async () => {
    const { exitCode, stdout } = await phase.start('smoke').end;
    expect(stdout).toContain('The cluster can run the benchmark.');
    expect(exitCode).toBe(0);
    await expectNothingLeft();
    expect(await phase.jobs('coordinator')).toEqual([]);
  });

  test('measures all 22 queries with 1, 2 and 4 workers in both series: every cell right, every row group read once', async () => {
    const { exitCode, stderr } = await phase.run('--queries', 'all', '--workers', WORKERS.join(','), '--runs', String(RUNS));
    const rows = phase.rows(idIn(stderr), 'home');
    expect(rows.flatMap(flaws)).toEqual([]);
    expect(exitCode).toBe(0);
    expect(rows).toHaveLength(QUERY_IDS.length * WORKERS.length * SERIES.length * RUNS);
    expect(new Set(rows.map(({ executor }) => executor))).toEqual(new Set(SERIES));
    await expectNothingLeft();
    const [there, here] = [headingsOf(report(join(phase.outDir, idIn(stderr)))), headingsOf(report(localRun()))];
    expect(there.filter((heading) => !ONLY_OF_A_CLUSTER.includes(heading))).toEqual(here.filter((heading) => !NOT_COUNTED_HERE.includes(heading)));
    expect(there).toEqual(expect.arrayContaining([...ONLY_OF_A_CLUSTER]));
  });

  test('goes on when the laptop lets go, is found again, and brings its results home', async () => {
    const started = phase.startRun('--queries', 'Q1,Q6', '--workers', '2', '--runs', '3');
    const runId = idIn(await started.saying(/Run \S+ is started/));
    await phase.runningPod('flow-worker');
    started.kill('SIGINT');
    await started.end;
    const { exitCode } = await phase.start('attach', runId, '--out', phase.outDir).end;
    expect(exitCode).toBe(0);
    const rows = phase.rows(runId, 'home');
    expect(rows.flatMap(flaws)).toEqual([]);
    expect(rows).toHaveLength(2 * SERIES.length * 3);
  });

  test('is cancelled with everything that was made for it', async () => {
    const runId = await phase.detached('--queries', 'all', '--workers', '4', '--runs', '9');
    await phase.runningPod('flow-worker');
    const { exitCode, stderr } = await phase.start('cancel', runId).end;
    expect(exitCode === 0 ? '' : stderr).toBe('');
    await expectNothingLeft();
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
function headingsOf(markdown: string): string[] {
  return markdown.split('\n').filter((line) => /^#{1,3} /.test(line)).map((line) => line.replace(/ · .*$/, ''));
}
