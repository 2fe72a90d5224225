import type { EngineId } from '../model/result-row.js';
import type { QueryId } from '../model/queries.js';

/** A named campaign: what it fixes may not be given again on the command line. */
export interface Preset {
  readonly engines: readonly EngineId[];
  readonly queries: readonly QueryId[];
  readonly workers: readonly number[];
  /** The dataset it is defined over. */
  readonly scaleFactor: number;
}

export const PRESETS: Readonly<Record<string, Preset>> = {
  alpha: { engines: ['flow', 'duckdb'], queries: ['Q1', 'Q14', 'Q22'], workers: [1, 2, 4], scaleFactor: 10 },
};

/** The sentence for a preset that is not there; null for one that is. */
export function presetProblem(name: string): string | null {
  if (Object.hasOwn(PRESETS, name)) return null;
  const known = Object.keys(PRESETS).join(', ');
  if (['beta', 'gamma', 'delta'].includes(name)) {
    return `Preset "${name}" needs a cluster and its engine, which this version cannot drive; presets here: ${known}.`;
  }
  return `Unknown preset "${name}"; presets here: ${known}.`;
}
