import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commit, readingCommitted } from '../../workloads/coordinator/committed.js';
import type { UnitOutcome } from '../../workloads/coordinator/executor.js';
import { stageTimesOf, wasInterrupted } from '../../workloads/coordinator/run-measures.js';
import type { RunProgress } from '../../workloads/coordinator/run-plan.js';
import { loadDataset } from '../../workloads/dataset/load.js';
import type { EngineSession } from '../../workloads/engines/contract.js';
import { FlowRunner } from '../../workloads/engines/flow.js';
import { sessionUnits } from '../../workloads/engines/session-units.js';
import { WORK_UNIT_V2_SCHEMA } from '../../workloads/model/names.js';
import type { UnitTimeline } from '../../workloads/model/unit-timeline.js';
import { bucketUri, unitForPod, type WorkUnitV2 } from '../../workloads/model/work-unit.js';
import type { WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { runOptions, SAMPLE_DATASET, suiteQuery } from '../engines/contract.js';
import { inlineWorker, sessionContext } from '../fixtures/inline-flow.js';
import { PodExecutor, type RunInPod } from '../fixtures/pod-executor.js';
import { KeptResources } from '../../workloads/worker/resources.js';

const scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-commit-'));
afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

const unit = (id: string, changes: Partial<WorkUnitV2['output']> = {}, partials: readonly string[] = []): WorkUnitV2 => ({
  $schema: WORK_UNIT_V2_SCHEMA, id, run_id: 'run', dataset_id: 'data', query: { kind: 'tpch', id: 'Q18' }, stage: { id: 1, kind: 'scan' },
  input: { kind: 'parquet_partition', uri_prefix: 'data', tables: ['lineitem'], row_groups: { lineitem: [0] }, side_inputs: [], partials: [...partials] },
  output: { kind: 'parquet', uri: `s3://r/p/${id}-{pod_uid}.parquet`, buckets: 1, ...changes },
  execution: { threads: 1, memory_limit_bytes: 1e9, spill_dir: 'spill' },
});

const metricsOf = (of: WorkUnitV2, times: Partial<WorkerMetrics> = {}): WorkerMetrics => ({
  work_unit_id: of.id, query: 'Q18', stage: 1, row_group_range: null, row_groups: {}, rows_in: 0, rows_out: of.output.buckets, wall_ms: 1, decode_ms: 1, exec_ms: 2, upload_ms: 4,
  proof_ms: 8, bytes_read: 0, bytes_written: 0, cpu_ms: 1, max_rss_bytes: 1, output_uri: of.output.uri,
  output_files: Array.from({ length: of.output.buckets }, (_, bucket) => ({ uri: bucketUri(of.output.uri, bucket, of.output.buckets), size_bytes: 1, rows: 1 })),
  engine: 'duckdb', engine_version: '1', node: 'here', ignored_options: [], error: null, ...times,
});

function outcomeOf(of: WorkUnitV2, podUid: string, changes: Partial<UnitOutcome> = {}, times: Partial<WorkerMetrics> = {}): UnitOutcome {
  const own = unitForPod(of, podUid);
  return { unitId: of.id, attempts: 1, spawnMs: 0, elapsedMs: 1, outputUri: own.output.uri, result: { ok: true, metrics: metricsOf(own, times) }, ...changes };
}

function committed(of: WorkUnitV2, outcome: UnitOutcome) {
  if (!outcome.result.ok) throw new Error('failed');
  return commit(of, outcome, outcome.result.metrics);
}

describe('the commit of one output for a unit', () => {
  const scan = unit('wu-0');

  it('takes what the executor names, and hands it to the stage after under its real name', () => {
    const bucketed = unit('wu-1', { buckets: 2 });
    const done = committed(bucketed, outcomeOf(bucketed, 'uid-a'));
    expect(done.files).toEqual(['s3://r/p/wu-1-uid-a.b0.parquet', 's3://r/p/wu-1-uid-a.b1.parquet']);
    const merge = unit('wu-2', {}, [bucketUri(bucketed.output.uri, 1, 2)]);
    expect(readingCommitted(merge, [done]).input.partials).toEqual(['s3://r/p/wu-1-uid-a.b1.parquet']);
    expect(() => readingCommitted(unit('wu-2', {}, ['s3://r/p/other.parquet']), [done])).toThrow(/reads s3:\/\/r\/p\/other\.parquet, which no unit before it wrote/);
  });

  it('refuses the report of another pod than the committed one', () => {
    const [a, b] = [outcomeOf(scan, 'uid-a'), outcomeOf(scan, 'uid-b')];
    expect(committed(scan, a).files).toEqual(['s3://r/p/wu-0-uid-a.parquet']);
    expect(() => committed(scan, { ...a, result: b.result })).toThrow(/committed as s3:\/\/r\/p\/wu-0-uid-a\.parquet, but the report names s3:\/\/r\/p\/wu-0-uid-b\.parquet/);
  });

  it.each<[string, string | undefined]>([
    ['the name without a pod', undefined],
    ['the name as it was planned', 's3://r/p/wu-0-{pod_uid}.parquet'],
    ['an empty uid', 's3://r/p/wu-0-.parquet'],
    ['a path for a uid', 's3://r/p/wu-0-x/../y.parquet'],
    ['the output of another unit', 's3://r/p/wu-1-uid-a.parquet'],
    ['another folder', 's3://r/q/wu-0-uid-a.parquet'],
  ])('refuses %s', (_, outputUri) => {
    const outcome = outcomeOf(scan, 'uid-a');
    const named: UnitOutcome = { unitId: scan.id, attempts: 1, spawnMs: 0, elapsedMs: 1, result: outcome.result, ...(outputUri === undefined ? {} : { outputUri }) };
    expect(() => committed(scan, named)).toThrow(/as the output of wu-0/);
  });

  it('lets nobody commit another name where the unit has a plain one', () => {
    const plain = unit('wu-0', { uri: '/p/wu-0.parquet' });
    expect(committed(plain, outcomeOf(plain, 'any')).files).toEqual(['/p/wu-0.parquet']);
    expect(() => committed(plain, { ...outcomeOf(plain, 'any'), outputUri: '/p/wu-1.parquet' })).toThrow(/committed \/p\/wu-1\.parquet/);
  });
});

describe('a query over pods', () => {
  const resources = new KeptResources();
  afterAll(() => { resources.close(); });
  const inPod: RunInPod = (of, podUid) => inlineWorker(join(scratchDir, 'spill'), { podUid, resources })(of);
  const start = async (executor: PodExecutor): Promise<EngineSession> =>
    new FlowRunner({ createExecutor: () => executor }).open(sessionContext(await loadDataset(SAMPLE_DATASET), join(scratchDir, 'run'), { executor: 'job' }));

  it('counts one pod of each index, though all were carried out twice', async () => {
    const once = await start(new PodExecutor(inPod));
    const expected = await once.run(suiteQuery('Q18'), runOptions());
    await once.close();
    const executor = new PodExecutor(inPod, async (_, again) => again());
    const session = await start(executor);
    const outcome = await session.run(suiteQuery('Q18'), runOptions());
    if (outcome.status !== 'ok' || expected.status !== 'ok') throw new Error(JSON.stringify(outcome));
    expect(outcome.rows).toEqual(expected.rows);
    expect(outcome.coverage).toEqual(expected.coverage);
    const merged = executor.asked.at(-1)?.units.flatMap(({ input }) => input.partials) ?? [];
    expect([merged.length, merged.some((uri) => uri.includes('{pod_uid}'))]).toEqual([4, false]);
    await session.close();
  }, 30_000);

  it('fails when the rows of one pod and the file of another are told of together', async () => {
    const session = await start(new PodExecutor(inPod, async (outcome, again) => (outcome.unitId === 'wu-Q1-1-1' ? { ...outcome, result: (await again()).result } : outcome)));
    expect(await session.run(suiteQuery('Q1'), runOptions())).toMatchObject({ status: 'infrastructure_error', error: expect.stringMatching(/wu-Q1-1-1 was committed as .* it is of another try/) as string });
    await session.close();
  }, 30_000);

  it('tells of each unit on its way, and of work that was begun before this process', async () => {
    const session = await start(new PodExecutor(inPod, (outcome) => Promise.resolve(outcome.unitId === 'wu-Q6-1-0' ? { ...outcome, isInterrupted: true } : outcome)));
    const [plain, adopted] = [await session.run(suiteQuery('Q1'), runOptions()), await session.run(suiteQuery('Q6'), runOptions())];
    if (plain.status !== 'ok' || adopted.status !== 'ok') throw new Error('failed');
    expect([plain.wasInterrupted, adopted.wasInterrupted]).toEqual([false, true]);
    expect(plain.units?.map((record) => [record.unit_id, record.stage, record.scheduled_ms, record.started_ms])).toEqual([['wu-Q1-1-0', 1, 10, 60], ['wu-Q1-1-1', 1, 10, 60]]);
    for (const record of plain.units ?? []) expect([record.executed_ms, record.uploaded_ms, record.merged_ms].every((ms) => ms !== null && ms > 0)).toBe(true);
    expect(plain.stages).toMatchObject({ schedule_ms: 10, pull_ms: 20, start_ms: 30, spawn_ms: 60 });
    await session.close();
  }, 30_000);

  it('gives a second execution of a repetition a name and a place of its own', async () => {
    const executor = new PodExecutor(inPod);
    const session = await start(executor);
    await session.run(suiteQuery('Q6'), runOptions());
    await session.run(suiteQuery('Q6'), runOptions());
    const [first, second] = executor.asked.slice(-2);
    expect(first?.name).toBe('Q6-1-1');
    expect(second?.name).toBe('Q6-1-again1-1');
    expect(first?.units[0]?.output.uri).not.toBe(second?.units[0]?.output.uri);
    await session.close();
  }, 30_000);
});

describe('the parts of a pod\'s start', () => {
  const timeline = (marks: Partial<UnitTimeline>): UnitTimeline => ({
    pod: null, pod_uid: null, node: null, created_ms: null, scheduled_ms: null, pulled_ms: null, started_ms: null, finished_ms: null, collected_ms: null, ...marks,
  });
  const progressOf = (...timelines: (UnitTimeline | undefined)[]): RunProgress => {
    const units = timelines.map((marks, index) => {
      const of = unit(`wu-${index}`);
      return committed(of, outcomeOf(of, 'u', { spawnMs: 7, elapsedMs: 10, ...(marks === undefined ? {} : { timeline: marks }) }));
    });
    return { stages: [{ stage: { id: 1, kind: 'scan', sideInputs: [], units: units.map((done) => done.unit) }, wallMs: 1_000, units, mergedAtMs: 150 }], mergeMs: 0, fetchMs: 0 };
  };
  const quick = timeline({ scheduled_ms: 1, pulled_ms: 2, started_ms: 3, collected_ms: 50 });

  it.each<[string, UnitTimeline | undefined, object]>([
    ['all marks', timeline({ scheduled_ms: 100, pulled_ms: 400, started_ms: 500, collected_ms: 900 }), { schedule_ms: 100, pull_ms: 300, start_ms: 100, spawn_ms: 500, wait_ms: 485 }],
    ['an image that was there', timeline({ scheduled_ms: 100, started_ms: 500, collected_ms: 900 }), { schedule_ms: 100, pull_ms: null, start_ms: 400, spawn_ms: 500 }],
    ['a pod that was there', timeline({ created_ms: 0, started_ms: 3, collected_ms: 900 }), { schedule_ms: null, pull_ms: null, start_ms: 3, spawn_ms: 3 }],
  ])('are those of the slowest unit: %s', (_, slow, expected) => {
    expect(stageTimesOf(0, progressOf(quick, slow))).toMatchObject(expected);
  });

  it('are null for processes, whose start their executor measures', () => {
    const progress = progressOf(undefined);
    expect(stageTimesOf(0, progress)).toMatchObject({ schedule_ms: null, pull_ms: null, start_ms: null, spawn_ms: 7 });
    expect([sessionUnits(progress, 100), wasInterrupted(progress)]).toEqual([[], false]);
    expect(sessionUnits(progressOf(quick), 100)).toMatchObject([{ unit_id: 'wu-0', executed_ms: 11, uploaded_ms: 4, merged_ms: 50 }]);
  });
});
