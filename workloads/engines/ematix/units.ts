import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WORK_UNIT_V1_SCHEMA } from '../../model/names.js';
import type { WorkUnitV1 } from '../../model/work-unit.js';
import { programOf, processorsOf } from './processors.js';
import { runProcess, type ProcessEnd, type ProcessLimits } from './unit-process.js';
import { judgeUnit, type UnitVerdict } from './unit-report.js';

/** What one process is to do. */
export interface UnitOrder {
  readonly id: string;
  readonly sql: string;
  /** Tables the text names, each a file of {@link folder}. */
  readonly tables: readonly string[];
  readonly folder: string;
}

export interface UnitRun {
  readonly verdict: UnitVerdict;
  readonly end: ProcessEnd;
  /** Where the answer is, in Arrow. */
  readonly outputPath: string;
}

export interface UnitPlaces {
  readonly binary: string;
  readonly threadsPerWorker: number;
  /** Settings of the program, which it takes from its environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** For orders and answers. */
  readonly workDir: string;
  /** For the program's temporary files. */
  readonly spillDir: string;
}

/** A work unit in the form that `flow run-shard` reads. */
export function workUnitOf({ id, sql, tables, folder }: UnitOrder, outputPath: string): WorkUnitV1 {
  return {
    $schema: WORK_UNIT_V1_SCHEMA,
    id,
    // By its text, though the program carries 22 of its own: what runs is what every engine is asked.
    query: { kind: 'sql', sql },
    // No range: it would be accepted, and the whole file read.
    input: { kind: 'parquet_partition', uri_prefix: `file://${folder}`, tables: [...tables], row_group_range: {} },
    output: { kind: 'arrow_ipc', uri: `file://${outputPath}` },
  };
}

/** Runs units, a process each. */
export class Units {
  constructor(private readonly places: UnitPlaces) {}

  /** `position` is the worker's whose processors it gets. `extra` is added to the program's settings. */
  async run(order: UnitOrder, position: number, limits: ProcessLimits, extra: Readonly<Record<string, string>> = {}): Promise<UnitRun> {
    const { binary, threadsPerWorker, settings, workDir } = this.places;
    const spillDir = join(this.places.spillDir, `worker-${position}`);
    await mkdir(spillDir, { recursive: true });
    await mkdir(workDir, { recursive: true });
    const orderPath = join(workDir, `${order.id}.json`);
    const outputPath = join(workDir, `${order.id}.arrow`);
    // What an earlier unit of the same name left must not pass for this one's.
    await rm(outputPath, { force: true });
    await writeFile(orderPath, JSON.stringify(workUnitOf(order, outputPath)));
    const { command, args } = programOf(binary, processorsOf(position, threadsPerWorker));
    const environment = { ...settings, ...extra, TMPDIR: spillDir, EMAT_PARTITION_REGISTRY_DIR: join(spillDir, 'registry'), NO_COLOR: '1' };
    const end = await runProcess({ command, args: [...args, 'run-shard', '--work-unit-file', orderPath] }, environment, limits);
    return { verdict: judgeUnit(order.id, end), end, outputPath };
  }
}
