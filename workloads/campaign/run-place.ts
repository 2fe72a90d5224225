import type { RunRecord } from '../model/run-record.js';
import { storedConfigSchema } from './stored-config.js';

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
  return placeOf(record)?.node_shape ?? localShape(record.host);
}

/** Null for a run on the coordinator's own machine. */
export function clusterIdOf(record: RunRecord): string | null {
  return placeOf(record)?.cluster_id ?? null;
}

function placeOf(record: RunRecord): { readonly node_shape: string; readonly cluster_id: string } | null {
  const parsed = storedConfigSchema.safeParse(record.config);
  return parsed.success ? parsed.data.place : null;
}

function localShape(host: RunRecord['host']): string {
  return `local: ${host.cpus} × ${host.cpu_model}, ${Math.round(host.memory_bytes / 2 ** 30)} GiB`;
}
