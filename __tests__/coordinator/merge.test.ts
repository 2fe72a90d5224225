import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { Merger, partialsOf, type StagePartials } from '../../workloads/coordinator/merge.js';
import { planQuery, type QueryPlan } from '../../workloads/coordinator/plan.js';
import { quoteLiteral } from '../../workloads/duckdb/compose.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import { commit, type CommittedUnit } from '../../workloads/coordinator/committed.js';
import type { WorkUnitV2 } from '../../workloads/model/work-unit.js';
import type { WorkerMetrics } from '../../workloads/model/worker-metrics.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import { sketchManifest, sortedMonths } from './planned-manifest.js';

const dir = mkdtempSync(join(tmpdir(), 'flowbench-merge-'));
let session: DuckDBSession;
beforeAll(async () => { session = await DuckDBSession.open({ threads: 1, memoryLimitBytes: 2e8, spillDir: join(dir, 'spill'), parquetMetadataCache: false }); });
afterAll(() => {
  session.close();
  rmSync(dir, { recursive: true, force: true });
});

const index = new DatasetIndex(sketchManifest({ lineitem: sortedMonths(84), sorted: true }));

function planQ6(): QueryPlan {
  const units = { runId: 'run', datasetUri: dir, outputDir: dir, spillDir: dir, threadsPerWorker: 1, memoryLimitBytes: 1e9, parquetMetadataCache: false };
  return planQuery(shardPlan('Q6'), index, { workers: 2, assignment: 'balanced', seed: 0 }, units);
}

function report(unit: WorkUnitV2, rows = 1): WorkerMetrics {
  return {
    work_unit_id: unit.id, query: 'Q6', stage: 1, row_group_range: null, row_groups: {}, rows_in: 0, rows_out: rows, wall_ms: 1, decode_ms: 0, exec_ms: 1,
    upload_ms: 0, proof_ms: 0, bytes_read: 0, bytes_written: 0, cpu_ms: 1, max_rss_bytes: 1, output_uri: unit.output.uri,
    output_files: [{ uri: unit.output.uri, size_bytes: 1, rows }], engine: 'duckdb', engine_version: '1', node: 'here', ignored_options: [], error: null,
  };
}

function committed(unit: WorkUnitV2): CommittedUnit {
  const metrics = report(unit);
  return commit(unit, { unitId: unit.id, attempts: 1, spawnMs: 0, elapsedMs: 1, result: { ok: true, metrics } }, metrics);
}

/** Two partials of Q6 on disk, 1.25 and 2.50, and what their workers reported. */
async function partials(): Promise<{ plan: QueryPlan; partials: StagePartials }> {
  const plan = planQ6();
  const [stage] = plan.stages;
  if (stage === undefined) throw new Error('no stage');
  for (const [position, { output }] of stage.units.entries()) {
    await session.execute(`COPY (SELECT ${['1.2500', '2.5000'][position]}::DECIMAL(38,4) AS revenue) TO ${quoteLiteral(output.uri)} (FORMAT parquet)`);
  }
  return { plan, partials: partialsOf(stage, stage.units.map(committed)) };
}

describe('merge of partials', () => {
  it('adds what the workers left', async () => {
    const { plan, partials: both } = await partials();
    const merger = new Merger(session, dir, index, plan, dir);
    await merger.add(both);
    expect((await merger.final()).rows).toEqual([['3.7500']]);
  });

  it('notices a partial that it drops', async () => {
    const { plan, partials: both } = await partials();
    const merger = new Merger(session, dir, index, plan, dir);
    await expect(merger.add({ ...both, uris: both.uris.slice(1) })).rejects.toMatchObject({ code: 'storage_read', message: 'The partials of stage 1 hold 1 rows, but their workers wrote 2.' });
  });

  it('notices a partial that is cut short, gone, or holds fewer rows than its worker wrote', async () => {
    const { plan, partials: both } = await partials();
    const [first = ''] = both.uris;
    const whole = readFileSync(first);
    const add = (): Promise<void> => new Merger(session, dir, index, plan, dir).add(both);
    await expect(add()).resolves.toBeUndefined();
    truncateSync(first, whole.length - 20);
    await expect(add()).rejects.toMatchObject({ code: 'storage_read', message: expect.stringContaining('cannot be read') as string });
    rmSync(first);
    await expect(add()).rejects.toMatchObject({ code: 'storage_read', message: expect.stringContaining('cannot be read') as string });
    await session.execute(`COPY (SELECT 1.25::DECIMAL(38,4) AS revenue WHERE false) TO ${quoteLiteral(first)} (FORMAT parquet)`);
    await expect(add()).rejects.toMatchObject({ code: 'storage_read', message: expect.stringContaining('hold 1 rows') as string });
    writeFileSync(first, whole);
    await expect(add()).resolves.toBeUndefined();
  });

  it('wants the report of each planned unit once', () => {
    const [stage] = planQ6().stages;
    const [first, second] = stage?.units ?? [];
    if (stage === undefined || first === undefined || second === undefined) throw new Error('no units');
    expect(partialsOf(stage, [committed(first), committed(second)])).toMatchObject({ rows: 2, uris: [first.output.uri, second.output.uri] });
    expect(() => partialsOf(stage, [committed(first)])).toThrow(/1 partial files of 1 work units where 2 of 2 were planned: that of wu-Q6-1-1 is missing/);
    expect(() => partialsOf(stage, [committed(first), committed(first)])).toThrow(/is missing/);
    expect(() => partialsOf(stage, [committed(first), committed(second), committed(first)])).toThrow(/of 3 work units/);
  });
});
