import { DatasetIndex } from '../../../workloads/coordinator/dataset-index.js';
import { planQuery } from '../../../workloads/coordinator/plan.js';
import { setUpS3 } from '../../../workloads/cli/s3.js';
import { loadDataset } from '../../../workloads/dataset/load.js';
import type { ClusterApi } from '../../../workloads/kubernetes/api/cluster-api.js';
import { KubernetesJobExecutor } from '../../../workloads/kubernetes/jobs/job-executor.js';
import { readJobTemplate } from '../../../workloads/kubernetes/runs/deployed-phase.js';
import { POD_UID_PLACEHOLDER, type WorkUnitV2 } from '../../../workloads/model/work-unit.js';
import { storageOf } from '../../../workloads/storage/storage-of.js';
import { shardPlan } from '../../../workloads/tpch/shard-plans.js';
import { asCoordinator } from '../harness/as-coordinator.js';
import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { eventually } from '../harness/objects.js';
import { DATASET, Phase } from '../harness/phase.js';
import { RESULTS_BUCKET } from '../harness/phase-manifests.js';

jest.setTimeout(180_000);

const WORKERS = 3;
const RUN_ID = 'large-units';
/** What etcd's default leaves for one object, and so for one ConfigMap. */
const CONFIG_MAP_BYTES = 1_048_576;

/** Work units that are more than one ConfigMap holds, by the real API server and the real worker. */
describe('work units of more than a megabyte', () => {
  let phase: Phase;
  let api: ClusterApi;
  let executor: KubernetesJobExecutor;

  beforeAll(async () => {
    phase = await Phase.deploy('large');
    Object.assign(process.env, phase.cluster.facts.s3Environment);
    setUpS3();
    api = await asCoordinator(phase.cluster, phase.namespace);
    const partials = `s3://${RESULTS_BUCKET}/partials/${RUN_ID}`;
    executor = new KubernetesJobExecutor({ api, template: await readJobTemplate(api), storage: storageOf(partials), runId: RUN_ID, sessionId: 'session', log: () => undefined });
    await executor.start();
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await executor.close();
    await phase.cluster.stop();
  });

  /** Units of Q6, each made larger by a literal that its query does not use. */
  async function unitsOf(paddingBytes: number): Promise<readonly WorkUnitV2[]> {
    const index = new DatasetIndex((await loadDataset(DATASET)).manifest);
    const plan = planQuery(shardPlan('Q6'), index, { workers: WORKERS, assignment: 'balanced', seed: 1 }, {
      runId: RUN_ID, datasetUri: DATASET, outputDir: `s3://${RESULTS_BUCKET}/partials/${RUN_ID}/${paddingBytes}`, spillDir: '/spill',
      threadsPerWorker: 1, memoryLimitBytes: 500_000_000, parquetMetadataCache: false, outputPerPod: true,
    });
    return (plan.stages[0]?.units ?? []).map((unit) => ({ ...unit, input: { ...unit.input, params: { ...unit.input.params, padding: 'x'.repeat(paddingBytes) } } }));
  }

  it('lie in several ConfigMaps, of which each pod finds its own unit', async () => {
    const units = await unitsOf(500_000);
    expect(JSON.stringify(units).length).toBeGreaterThan(CONFIG_MAP_BYTES);
    expect(units[0]?.output.uri).toContain(POD_UID_PLACEHOLDER);
    const outcomes = await executor.execute(units, { name: 'Q6-large', timeoutMs: 60_000, signal: new AbortController().signal });
    expect(outcomes.map(({ result }) => (result.ok ? result.metrics.work_unit_id : result.failure.message))).toEqual(units.map(({ id }) => id));
  });

  it('are refused with a sentence where one alone is too much', async () => {
    await expect(executor.execute(await unitsOf(CONFIG_MAP_BYTES), { name: 'Q6-too-large', timeoutMs: 60_000, signal: new AbortController().signal }))
      .rejects.toMatchObject({ code: 'plan_unsupported', sentence: expect.stringMatching(/ConfigMap/) as string });
    // Those of the first test go while the next query would run.
    expect(await eventually('the end of all ConfigMaps', async () => (await api.listConfigMaps('flowbench/run')).length === 0)).toBe(true);
  });
});
