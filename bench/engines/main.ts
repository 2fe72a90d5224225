import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { enginesFolder } from '../../workloads/cli/cache-folder.js';
import { ematixHome } from '../../workloads/engines/install/installed.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { TPCH_LABEL } from '../../workloads/model/names.js';
import { openDataset, openDoubleDataset } from '../dataset.js';
import { isWithinLimit, jsonLine, renderMeasurements } from '../measurement.js';
import { measureEngines } from './run.js';
import { comparisonTable, openingTable } from './tables.js';
import { measureTrinoOverhead } from './trino-overhead.js';

const LEAST_RUNS = 3;
const WORKERS = 2;

interface BenchOptions {
  readonly dataset?: string;
  readonly doubleDataset?: string;
  readonly runs: number;
}

function atLeast(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < LEAST_RUNS) throw new InvalidArgumentError(`Intervals need at least ${LEAST_RUNS} runs, the cold one included.`);
  return runs;
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function bench({ dataset, doubleDataset, runs }: BenchOptions): Promise<void> {
  const scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-bench-engines-'));
  try {
    const decimal = await openDataset(dataset, log);
    const overheads = await measureTrinoOverhead(decimal, join(scratchDir, 'trino'), log);
    const five = await measureEngines({ dataset: decimal, engines: ['duckdb', 'flow', 'spark', 'trino', 'daft'], variants: 'default,native', workers: WORKERS, runs, outDir: join(scratchDir, 'decimal') });
    log(`${openingTable(five)}\n${comparisonTable(five)}`);
    if (await hasEmatix()) {
      const double = await openDoubleDataset(doubleDataset, decimal, log);
      const three = await measureEngines({ dataset: double, engines: ['duckdb', 'flow', 'ematix'], variants: 'default', workers: WORKERS, runs, outDir: join(scratchDir, 'double') });
      log(`${openingTable(three)}\n${comparisonTable(three)}`);
    } else {
      log('ematix is left out: it is not installed ("flowbench engines install ematix" builds it).');
    }
    log(`${renderMeasurements(overheads)}\n${TPCH_LABEL}`);
    log(jsonLine(overheads));
    process.exitCode = overheads.every(isWithinLimit) ? 0 : 1;
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

async function hasEmatix(): Promise<boolean> {
  return ematixHome(enginesFolder()).then(() => true, () => false);
}

new Command('bench:engines')
  .description(`All engines that are installed side by side at scale factor 1 on ${WORKERS} cores, and what our Trino client costs; the last line is one JSON object. Exit 1 when a limit is missed.`)
  .option('--dataset <dir>', 'TPC-H dataset of scale factor 1 (default: the one in the cache folder, made when absent)')
  .option('--double-dataset <dir>', 'the same with numbers as DOUBLE, for ematix (default: one derived in the cache folder)')
  .option('--runs <n>', `repetitions of each query, the cold one included, at least ${LEAST_RUNS}`, atLeast, 5)
  .action(bench)
  .parseAsync()
  .catch((error: unknown) => {
    if (!(error instanceof FlowbenchError)) throw error;
    process.stderr.write(`bench:engines: ${error.sentence}\n`);
    process.exitCode = 2;
  });
