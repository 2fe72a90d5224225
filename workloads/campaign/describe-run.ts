import { randomBytes } from 'node:crypto';
import type { RunRecord } from '../model/run-record.js';
import { settingsOf, type CampaignOptions } from './options.js';
import type { Prepared } from './prepare.js';
import { hashOf, protocolId } from './protocol.js';
import { hostOf, revisionOf } from './provenance.js';
import type { RunPlace } from './run-place.js';
import type { StoredConfig } from './stored-config.js';

/** What a record says of the program that runs. */
export interface RunProgram {
  readonly flowbenchVersion: string;
  /** Root of the code, whose revision is recorded. */
  readonly codeRoot: string;
  readonly place?: RunPlace | undefined;
}

/** The record of a run that would start now. */
export async function describeRun(options: CampaignOptions, prepared: Prepared, program: RunProgram, runId?: string): Promise<RunRecord> {
  const { manifest } = prepared.dataset;
  const { place } = program;
  const createdAt = new Date();
  const config: StoredConfig = {
    options,
    manifest_sha256: hashOf(manifest),
    answers_sha256: hashOf([...prepared.answers]),
    place: place === undefined ? null : { node_shape: place.nodeShape, cluster_id: place.clusterId },
  };
  return {
    record_version: 1,
    run_id: runId ?? newRunId(createdAt),
    created_at: createdAt.toISOString(),
    flowbench_version: program.flowbenchVersion,
    ...(await revisionOf(program.codeRoot)),
    config_hash: hashOf(settingsOf(options)),
    config,
    dataset_id: manifest.dataset_id,
    dataset_uri: prepared.dataset.uri,
    scale_factor: manifest.scale_factor,
    protocol_id: protocolId(options),
    image_digests: { ...place?.imageDigests },
    prices: prepared.prices,
    host: hostOf(),
  };
}

/** `20260504T101500Z-1a2b3c`: in the order of time, and never the same twice. */
export function newRunId(at: Date): string {
  return `${at.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
}
