import { recordedPlace, type RunRecord } from '../model/run-record.js';

/** Where workers run when that is not this machine; rows of two places are never put side by side. */
export interface RunPlace {
  /** `4 × m5.xlarge`: what rows carry as their node shape. */
  readonly nodeShape: string;
  readonly clusterId: string;
  /** Image → digest of what pods run. */
  readonly imageDigests: Readonly<Record<string, string>>;
}

/** What rows of a run carry as node shape. */
export function nodeShapeOf(record: RunRecord): string {
  return recordedPlace(record)?.node_shape ?? localShape(record.host);
}

/** Null for a run on the coordinator's own machine. */
export function clusterIdOf(record: RunRecord): string | null {
  return recordedPlace(record)?.cluster_id ?? null;
}

function localShape(host: RunRecord['host']): string {
  return `local: ${host.cpus} × ${host.cpu_model}, ${Math.round(host.memory_bytes / 2 ** 30)} GiB`;
}
