import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { Phase } from '../harness/phase.js';
import { flaws, idIn } from '../harness/runs.js';

jest.setTimeout(300_000);

/** A user's way through phase α, as in the guide: everything under the coordinator's own Role. */
describe('a run on Kubernetes', () => {
  let phase: Phase;

  beforeAll(async () => { phase = await Phase.deploy('life'); }, START_TIMEOUT_MS);
  afterAll(() => phase.cluster.stop());

  test('begins with a smoke run: one Job, one shard, gated and cleaned up', async () => {
    const { exitCode, stdout } = await phase.start('smoke').end;
    expect(stdout).toContain('The cluster can run the benchmark.');
    expect(exitCode).toBe(0);
    expect(await phase.leftovers()).toEqual([]);
    expect(await phase.jobs('coordinator')).toEqual([]);
  });

  test('goes on when the laptop lets go, is found again, and brings its results home', async () => {
    const started = phase.startRun('--queries', 'Q1,Q6', '--workers', '2', '--runs', '2', '--null-run', 'none');
    const runId = idIn(await started.saying(/Run \S+ is started/));
    await phase.runningPod('flow-worker');
    started.kill('SIGINT');
    await started.end;
    const { exitCode } = await phase.start('attach', runId, '--out', phase.outDir).end;
    expect(exitCode).toBe(0);
    const rows = phase.rows(runId, 'home');
    expect(rows.flatMap(flaws)).toEqual([]);
    expect(rows).toHaveLength(2 * 2 * 2);
  });

  test('is cancelled with everything that was made for it', async () => {
    const runId = await phase.detached('--queries', 'all', '--workers', '4', '--runs', '9');
    await phase.runningPod('flow-worker');
    const { exitCode, stderr } = await phase.start('cancel', runId).end;
    expect(exitCode === 0 ? '' : stderr).toBe('');
    expect(await phase.leftovers()).toEqual([]);
  });
});
