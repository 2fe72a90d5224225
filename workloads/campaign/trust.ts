import { DatasetIndex } from '../coordinator/dataset-index.js';
import { survivingRowGroups } from '../coordinator/prune.js';
import type { CoverageEvidence, Precision, QuerySuccess } from '../engines/contract.js';
import type { Answer } from '../model/answer.js';
import { FlowbenchError } from '../model/errors.js';
import type { DatasetHandle } from '../model/manifest.js';
import type { QueryId } from '../model/queries.js';
import { answerPolicy } from '../tpch/answer-policy.js';
import { shardPlan } from '../tpch/shard-plans.js';
import { AnswerGate } from './gate.js';
import { measureDistribution, proveCoverage, rowCountsOf, type ExpectedScan, type RowCounts } from './proofs.js';

/** Everything that decides whether the number of one repetition may stand. */
export interface Verdict {
  readonly specOk: boolean;
  readonly strictOk: boolean;
  readonly precision: Precision['kind'];
  /** Null for an engine without work units. */
  readonly coverageOk: boolean | null;
  readonly nodesUsed: number;
  readonly maxNodeShare: number | null;
  readonly resultHash: string;
  /** False makes the repetition a wrong answer. */
  readonly isRight: boolean;
  /** What is not as it should be, also where it is allowed; null for nothing. */
  readonly remark: string | null;
}

/** Gate and proofs over one dataset; what they need of manifest and answers is worked out once. */
export class Trust {
  private readonly gates: ReadonlyMap<QueryId, AnswerGate>;
  private readonly index: DatasetIndex;
  private readonly rowCounts: RowCounts;
  private readonly expected = new Map<QueryId, readonly ExpectedScan[]>();

  /** Throws `dataset_invalid` for a stored answer that is not one to its query. */
  constructor(dataset: DatasetHandle, answers: ReadonlyMap<QueryId, Answer>) {
    this.index = new DatasetIndex(dataset.manifest);
    this.rowCounts = rowCountsOf(dataset.manifest);
    this.gates = new Map([...answers].map(([query, answer]) => [query, new AnswerGate(answer, answerPolicy(query))]));
  }

  /**
   * Judges one answer. It is wrong when it fails the specification's tolerances, when it is not exact
   * although the engine declares that it is, or when the row groups read are not those that had to be.
   */
  judge(query: QueryId, outcome: QuerySuccess, precision: Precision, hasUnits: boolean): Verdict {
    const gate = this.gates.get(query);
    if (gate === undefined) throw new FlowbenchError('internal', `There is no stored answer to judge ${query} by.`);
    const { strictOk, specOk, problems } = gate.check(outcome.rows);
    const coverage = hasUnits ? this.prove(query, outcome.coverage) : null;
    const distribution = outcome.coverage === null ? null : measureDistribution(outcome.coverage);
    const remarks = [
      ...(problems.length > 0 ? [`answer: ${problems.join('; ')}`] : []),
      ...(problems.length > 0 && precision.kind !== 'exact' ? [`declared ${precision.kind}: ${precision.why}`] : []),
      ...(coverage !== null && coverage.length > 0 ? [`coverage: ${coverage.join('; ')}`] : []),
    ];
    const coverageOk = coverage === null ? null : coverage.length === 0;
    return {
      specOk,
      strictOk,
      precision: precision.kind,
      coverageOk,
      nodesUsed: distribution?.nodesUsed ?? outcome.usage.nodesUsed,
      maxNodeShare: distribution?.maxNodeShare ?? null,
      resultHash: gate.hash(outcome.rows),
      isRight: specOk && (strictOk || precision.kind !== 'exact') && coverageOk !== false,
      remark: remarks.length === 0 ? null : remarks.join(' | '),
    };
  }

  private prove(query: QueryId, evidence: CoverageEvidence | null): readonly string[] {
    if (evidence === null) return ['the engine gave no evidence of what its workers read'];
    const scans = this.expectedScans(query);
    return proveCoverage(evidence, evidence.expects === 'all' ? scans.map((scan) => this.whole(scan)) : scans, this.rowCounts).problems;
  }

  /** Every row group of the table, for shards that were cut before the query was known. */
  private whole(scan: ExpectedScan): ExpectedScan {
    return { ...scan, rowGroups: (this.rowCounts(scan.table) ?? []).map((_, number) => number) };
  }

  private expectedScans(query: QueryId): readonly ExpectedScan[] {
    const known = this.expected.get(query);
    if (known !== undefined) return known;
    const plan = shardPlan(query);
    const rowGroups = survivingRowGroups(plan, this.index);
    const scans = plan.stages.filter((stage) => stage.kind === 'scan').map((stage) => ({ stage: stage.id, table: plan.driver, rowGroups }));
    this.expected.set(query, scans);
    return scans;
  }
}
