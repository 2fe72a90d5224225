import type { EngineSession, OpenStages, Parity, Precision, QueryOutcome, QuerySuccess, QueryText, RunOptions } from '../../engines/contract.js';
import type { QueryId } from '../../model/queries.js';

/** What a cluster knows of a session that its driver does not. */
export interface ClusterSight {
  /** What the driver's pod was ended for. */
  readonly lostTo: () => 'out_of_memory' | 'out_of_disk' | null;
  /** Asked after a failure: whether the cluster itself does not answer, so that nothing was measured. */
  readonly isClusterGone: () => Promise<boolean>;
  /** Threads that the engine's tier states itself, in all. */
  readonly tierThreads?: number;
  /** Where the engine shows the query → where its plan is kept. Absent: the link stays as it is. */
  readonly keepPlan?: (query: QueryText, repetition: number, outcome: QuerySuccess) => QuerySuccess;
  /** After the clocks. */
  readonly tidy?: () => Promise<void>;
}

/** A session that a driver holds on a cluster: its failures are told apart by what became of its pods. */
export class ClusterEngineSession implements EngineSession {
  readonly version: string;
  readonly label: string;
  readonly openMs: number;
  readonly openStages: OpenStages;
  readonly parity: Parity;
  readonly tierThreads?: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly resultCache: string;

  constructor(
    private readonly inner: EngineSession,
    private readonly sight: ClusterSight,
  ) {
    ({ version: this.version, label: this.label, openMs: this.openMs, openStages: this.openStages, parity: this.parity, settings: this.settings, resultCache: this.resultCache } = inner);
    if (sight.tierThreads !== undefined) this.tierThreads = sight.tierThreads;
  }

  precision(query: QueryId): Precision {
    return this.inner.precision(query);
  }

  async run(query: QueryText, options: RunOptions): Promise<QueryOutcome> {
    const outcome = await this.inner.run(query, options);
    if (outcome.status === 'ok') return this.sight.keepPlan?.(query, options.repetition, outcome) ?? outcome;
    if (outcome.status !== 'engine_error' && outcome.status !== 'infrastructure_error') return outcome;
    if (await this.sight.isClusterGone()) return { ...outcome, status: 'cancelled' };
    return { ...outcome, status: this.sight.lostTo() ?? outcome.status };
  }

  async tidy(): Promise<void> {
    await this.sight.tidy?.();
    await this.inner.tidy?.();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
