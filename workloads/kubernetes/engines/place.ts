import type { EngineApi } from '../api/cluster-api.js';
import type { EngineLimits } from './limits.js';

/** What every engine of a cluster is driven with. */
export interface ClusterEngineParts {
  /** In the engine's own namespace. */
  readonly api: EngineApi;
  readonly limits: EngineLimits;
  /** Asked after a failure: whether the cluster itself does not answer. */
  readonly isClusterGone: () => Promise<boolean>;
  /** Raised when the run is to stop: also while a session opens. */
  readonly signal: AbortSignal;
}

/** Where driver programs come to this coordinator. */
export interface DriverDoor {
  /** Where this process listens. */
  readonly host: string;
  readonly port: number;
  /** How pods of other namespaces find it. */
  readonly url: string;
}
