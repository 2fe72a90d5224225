import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { FlowbenchError } from '../workloads/model/errors.js';
import { TPCH_LABEL } from '../workloads/model/names.js';
import { measureBalance } from './balance.js';
import { measureCliStart } from './cli-start.js';
import { measureDatagenMemory } from './datagen-memory.js';
import { openDataset } from './dataset.js';
import { isWithinLimit, jsonLine, renderMeasurements } from './measurement.js';
import { measurePlanning } from './planning.js';
import { measureSideBySide } from './side-by-side.js';
import { measureSynth } from './synth.js';
import { measureUnitOverhead } from './unit-overhead.js';

const LEAST_RUNS = 5;

interface BenchOptions {
  readonly dataset?: string;
  readonly runs: number;
  readonly datagenRss?: string;
}

function atLeastFive(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < LEAST_RUNS) throw new InvalidArgumentError(`A median needs at least ${LEAST_RUNS} runs.`);
  return runs;
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function bench(options: BenchOptions): Promise<void> {
  const scratchDir = mkdtempSync(join(tmpdir(), 'flowbench-bench-'));
  try {
    const dataset = await openDataset(options.dataset, log);
    const cliStart = measureCliStart();
    const synth = measureSynth(scratchDir, log);
    // Before this process grows: the system copies its page tables for every process that it starts.
    const overheads = await measureUnitOverhead(dataset, scratchDir, log);
    const balance = measureBalance(dataset.manifest, log);
    const planning = measurePlanning(dataset.manifest, log);
    const sideBySide = await measureSideBySide({ dataset, scratchDir, runs: options.runs, log });
    if (options.datagenRss !== undefined) await measureDatagenMemory(options.datagenRss, scratchDir, log);

    const measurements = [...sideBySide, ...overheads, planning, cliStart, synth, balance];
    log(`${renderMeasurements(measurements)}\n${TPCH_LABEL}`);
    log(jsonLine(measurements));
    process.exitCode = measurements.every(isWithinLimit) ? 0 : 1;
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

new Command('bench')
  .description('Ratios measured side by side in one run; the last line is one JSON object. Exit 1 when a limit is missed.')
  .option('--dataset <dir>', 'TPC-H dataset of scale factor 1 (default: the one in the cache folder, made when absent)')
  .option('--runs <n>', `warm repetitions per engine and query, at least ${LEAST_RUNS}`, atLeastFive, LEAST_RUNS)
  .option('--datagen-rss <sf>', 'also generate this scale factor and say how much memory that took')
  .action(bench)
  .parseAsync()
  .catch((error: unknown) => {
    if (!(error instanceof FlowbenchError)) throw error;
    process.stderr.write(`bench: ${error.sentence}\n`);
    process.exitCode = 2;
  });
