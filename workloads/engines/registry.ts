import { configurationError } from '../model/errors.js';
import { ENGINE_IDS } from '../model/result-row.js';
import type { EngineRunner } from './contract.js';
import { DuckDBRunner } from './duckdb.js';
import { FlowRunner } from './flow.js';

/** The runner of an engine by its id. Throws a configuration error that lists the known ones. */
export function engineRunner(id: string): EngineRunner {
  switch (id) {
    case 'flow':
      return new FlowRunner();
    case 'duckdb':
      return new DuckDBRunner();
    default:
      throw configurationError([`Unknown engine "${id}".`], `Known engines: ${ENGINE_IDS.join(', ')}.`);
  }
}
