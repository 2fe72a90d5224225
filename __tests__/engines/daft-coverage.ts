import type { EngineSession } from '../../workloads/engines/contract.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { QUERY_IDS, type QueryId } from '../../workloads/model/queries.js';
import { judged, runOptions, suiteQuery } from './contract.js';

export interface Coverage {
  /** What is wrong, by the gate and by what is declared. */
  readonly wrong: readonly string[];
  readonly rewritten: readonly QueryId[];
  readonly inexact: readonly QueryId[];
  /** Answers without the figures that the system has of them. */
  readonly figureless: readonly QueryId[];
}

/** Asks for all 22, once each. */
export async function coverageOf(session: EngineSession, dataset: DatasetHandle): Promise<Coverage> {
  const wrong: string[] = [];
  const rewritten: QueryId[] = [];
  const inexact: QueryId[] = [];
  const figureless: QueryId[] = [];
  for (const id of QUERY_IDS) {
    const outcome = await session.run(suiteQuery(id), runOptions({ timeoutMs: 120_000 }));
    const problem = await judged(dataset, id, outcome, session);
    if (problem !== null) wrong.push(`${id}: ${problem}`);
    if (session.precision(id).kind !== 'exact') inexact.push(id);
    if (outcome.status !== 'ok') continue;
    if (outcome.rewrite !== undefined) rewritten.push(id);
    const { bytesRead, cpuMs } = outcome.usage;
    if (bytesRead === null || cpuMs === null || outcome.stages.plan_ms === undefined) figureless.push(id);
  }
  return { wrong, rewritten, inexact, figureless };
}
