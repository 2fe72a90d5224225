/* eslint-disable jest/no-export -- the suite is called by a short and a long list of variants */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { proveCoverage, rowCountsOf } from '../../workloads/campaign/proofs.js';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { survivingRowGroups } from '../../workloads/coordinator/prune.js';
import type { EngineSession, QuerySuccess, SessionContext } from '../../workloads/engines/contract.js';
import { DuckDBRunner } from '../../workloads/engines/duckdb.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS, type QueryId } from '../../workloads/model/queries.js';
import type { TypedRows } from '../../workloads/model/typed-rows.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import { ADVERSARIAL_SCALE_FACTOR, writeAdversarialDataset, type AdversarialDatasetOptions } from '../fixtures/adversarial-dataset.js';
import { inlineFlow, inlineWorker, sessionContext } from '../fixtures/inline-flow.js';
import { answerDifference } from '../tpch/answer-difference.js';

export interface AdversarialVariant {
  readonly name: string;
  readonly options: AdversarialDatasetOptions;
  readonly maxWorkers: number;
  readonly dealt: readonly ('random' | 'balanced' | 'contiguous')[];
}

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-adversarial-'));

async function ask(session: EngineSession, id: QueryId, text = queryText(id, ADVERSARIAL_SCALE_FACTOR)): Promise<QuerySuccess> {
  const outcome = await session.run({ id, text }, { timeoutMs: 60_000, signal: new AbortController().signal, repetition: 1 });
  if (outcome.status !== 'ok') throw new Error(`${id}: ${outcome.error}`);
  return outcome;
}

/** The answers of a single process over the very same files, with all rows that tie under a LIMIT. */
async function plainAnswers(dataset: DatasetHandle): Promise<Map<QueryId, TypedRows>> {
  const session = await new DuckDBRunner().open(sessionContext(dataset, join(scratch, 'plain')));
  const answers = new Map<QueryId, TypedRows>();
  for (const id of QUERY_IDS) answers.set(id, (await ask(session, id, queryText(id, ADVERSARIAL_SCALE_FACTOR, { limit: false }))).rows);
  await session.close();
  return answers;
}

/** Every difference of the 22 sharded answers, and every hole in what the workers measured reading. */
async function problemsOf(dataset: DatasetHandle, plain: ReadonlyMap<QueryId, TypedRows>, overrides: Partial<SessionContext>): Promise<string[]> {
  const flow = await inlineFlow(inlineWorker(join(scratch, 'spill'))).open(sessionContext(dataset, join(scratch, 'flow'), overrides));
  const index = new DatasetIndex(dataset.manifest);
  const problems: string[] = [];
  for (const id of QUERY_IDS) {
    const { rows, coverage } = await ask(flow, id);
    const difference = answerDifference(id, rows, plain.get(id) ?? rows);
    if (difference !== null) problems.push(`${id}: ${difference}`);
    const plan = shardPlan(id);
    const rowGroups = survivingRowGroups(plan, index);
    const expected = plan.stages.filter(({ kind }) => kind === 'scan').map((stage) => ({ stage: stage.id, table: plan.driver, rowGroups }));
    problems.push(...proveCoverage(coverage ?? { stages: [] }, expected, rowCountsOf(dataset.manifest)).problems.map((problem) => `${id}: ${problem}`));
  }
  await flow.close();
  return problems;
}

/** All 22 queries over unkind data, sharded, against a single process over the very same files. */
export function describeShardedAnswers({ name, options, maxWorkers, dealt }: AdversarialVariant): void {
  describe(`all 22 queries, sharded over unkind data: ${name}`, () => {
    let dataset: DatasetHandle;
    let plain: Map<QueryId, TypedRows>;
    afterAll(() => { rmSync(scratch, { recursive: true, force: true }); });
    beforeAll(async () => {
      dataset = await writeAdversarialDataset(join(scratch, `data-${options.seed}`), options);
      plain = await plainAnswers(dataset);
    }, 300_000);

    it.each(dealt)('give the rows of a single process, to the last digit, with row groups dealt %s', async (assignment) => {
      const groups = dataset.manifest.tables['lineitem']?.files.reduce((sum, file) => sum + file.row_groups.length, 0) ?? 0;
      expect(groups).toBeGreaterThan(options.rowGroups * 0.9 - 1);
      await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: maxWorkers }), fc.integer(), async (workers, seed) => {
        expect(await problemsOf(dataset, plain, { workers, seed, assignment })).toEqual([]);
      }), { numRuns: 1, endOnFailure: true });
    }, 300_000);
  });
}
