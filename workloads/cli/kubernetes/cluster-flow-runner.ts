import { availableParallelism } from 'node:os';
import type { ClusterJob } from '../../kubernetes/api/objects.js';
import type { EngineSession, SessionContext } from '../../engines/contract.js';
import { FlowRunner, type FlowRunnerOptions } from '../../engines/flow.js';
import { bytesOf } from './quantity.js';

/** What this process may use for merging: it is a small pod beside large ones. */
export interface CoordinatorRoom {
  readonly memoryBytes: number;
  readonly threads: number;
}

/** The rest is for the program itself, which reads reports and talks to the cluster. */
const MERGING_SHARE = 0.4;
/** Where the pod has no limit. */
const DEFAULT_MEMORY_BYTES = 512 * 2 ** 20;
const MOST_THREADS = 2;

/** The share of this pod's limit that merging may take. */
export function roomOf(ownJob: ClusterJob | null): CoordinatorRoom {
  const limit = bytesOf(ownJob?.spec?.template.spec?.containers[0]?.resources?.limits?.['memory'] ?? '');
  return {
    memoryBytes: limit === null ? DEFAULT_MEMORY_BYTES : Math.floor(limit * MERGING_SHARE),
    threads: Math.min(MOST_THREADS, availableParallelism()),
  };
}

/** The flow engine whose workers are pods, and whose coordinator is one itself. */
export class ClusterFlowRunner extends FlowRunner {
  constructor(
    options: FlowRunnerOptions,
    private readonly room: CoordinatorRoom,
    private readonly signal: AbortSignal,
  ) {
    super(options);
  }

  override open(context: SessionContext): Promise<EngineSession> {
    return super.open({ ...context, coordinatorMemoryBytes: this.room.memoryBytes, coordinatorThreads: this.room.threads, signal: this.signal });
  }
}
