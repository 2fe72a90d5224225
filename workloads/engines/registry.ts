import { configurationError } from '../model/errors.js';
import { ENGINE_IDS, type EngineId } from '../model/result-row.js';
import type { EngineRunner } from './contract.js';
import { DaftRunner } from './daft/runner.js';
import { DuckDBRunner } from './duckdb.js';
import { FlowRunner } from './flow.js';
import { EmatixRunner } from './ematix/runner.js';
import { daftHome, ematixHome, sparkHome, trinoHome } from './install/installed.js';
import { SparkRunner } from './spark/runner.js';
import { TrinoRunner } from './trino/runner.js';

/** What runners of engines that are programs of their own must know of this machine. */
export interface EngineMachine {
  /** Folder in which `flowbench engines install` puts them. */
  readonly enginesDir: string;
}

const RUNNERS: Readonly<Partial<Record<EngineId, (machine: EngineMachine) => EngineRunner>>> = {
  flow: () => new FlowRunner(),
  duckdb: () => new DuckDBRunner(),
  trino: ({ enginesDir }) => new TrinoRunner({ home: () => trinoHome(enginesDir) }),
  spark: ({ enginesDir }) => new SparkRunner({ home: () => sparkHome(enginesDir) }),
  daft: ({ enginesDir }) => new DaftRunner({ home: () => daftHome(enginesDir) }),
  ematix: ({ enginesDir }) => new EmatixRunner({ home: () => ematixHome(enginesDir) }),
};

/** The runner of an engine by its id. Throws a configuration error that lists the known ones. */
export function engineRunner(id: string, machine: EngineMachine): EngineRunner {
  const make = Object.hasOwn(RUNNERS, id) ? RUNNERS[id as EngineId] : undefined;
  if (make === undefined) throw configurationError([`Unknown engine "${id}".`], `Known engines: ${ENGINE_IDS.join(', ')}.`);
  return make(machine);
}
