import type { EngineId } from '../model/result-row.js';
import { QUERY_IDS, type QueryId } from '../model/queries.js';

/** A named campaign: what it fixes may not be given again on the command line. */
export interface Preset {
  readonly engines: readonly EngineId[];
  readonly queries: readonly QueryId[];
  readonly workers: readonly number[];
  /** The datasets it is defined over; any of them. */
  readonly scaleFactors: readonly number[];
}

/** All queries at two sizes up to eight nodes: how an engine of a later phase is shown. */
const WHOLE_SUITE = { queries: QUERY_IDS, workers: [1, 2, 4, 8], scaleFactors: [10, 100] } as const;

export const PRESETS: Readonly<Record<string, Preset>> = {
  alpha: { engines: ['flow', 'duckdb'], queries: ['Q1', 'Q14', 'Q22'], workers: [1, 2, 4], scaleFactors: [10] },
  beta: { engines: ['spark'], ...WHOLE_SUITE },
  gamma: { engines: ['trino'], ...WHOLE_SUITE },
  delta: { engines: ['daft'], ...WHOLE_SUITE },
};

/** The engines that run in each phase of the deployed benchmark. */
export const PHASE_ENGINES: Readonly<Record<string, readonly EngineId[]>> = { alpha: ['flow'], beta: ['spark'], gamma: ['trino'], delta: ['daft'] };

/** The sentence for a preset that is not there; null for one that is. */
export function presetProblem(name: string): string | null {
  if (Object.hasOwn(PRESETS, name)) return null;
  return `Unknown preset "${name}"; presets here: ${Object.keys(PRESETS).join(', ')}.`;
}
