import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { FlowbenchError } from '../../model/errors.js';
import { parseQueryId } from '../../model/queries.js';

interface PlanFlags {
  readonly dataset: string;
  readonly query: string;
  readonly workers: string;
  readonly assignment: string;
  readonly write?: string;
}

/** Of the units that are shown and written; `flowbench run` sets its own. */
const THREADS_PER_WORKER = 1;
const MEMORY_LIMIT_BYTES = 1_000_000_000;

/** Declares `flowbench plan`. */
export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description('show which worker reads which row groups for a query, and how evenly; write the work units as JSON files')
    .option('--dataset <dir>', 'folder of the dataset (default: the sample data that comes along)', join(__dirname, '..', '..', 'tpch', 'sample', 'sf0.01'))
    .requiredOption('--query <id>', 'for instance Q14')
    .option('--workers <n>', 'number of workers', '4')
    .option('--assignment <kind>', 'balanced, contiguous: how row groups are dealt', 'balanced')
    .option('--write <dir>', 'write the work units there, one file each')
    .action(async (flags: PlanFlags) => {
      const query = parseQueryId(flags.query);
      const workers = workerCount(flags.workers);
      const assignment = assignmentOf(flags.assignment);
      const { loadDataset } = await import('../../dataset/load.js');
      const { DatasetIndex } = await import('../../coordinator/dataset-index.js');
      const { planQuery } = await import('../../coordinator/plan.js');
      const { planText, writeWorkUnits } = await import('../../coordinator/plan-text.js');
      const { shardPlan } = await import('../../tpch/shard-plans.js');
      // Absolute, so that a written unit can be carried out from anywhere.
      const dataset = await loadDataset(resolve(flags.dataset));
      const target = resolve(flags.write ?? '.');
      const outputDir = join(target, 'partials');
      const plan = planQuery(shardPlan(query), new DatasetIndex(dataset.manifest), { workers, assignment, seed: 0 }, {
        runId: 'plan',
        datasetUri: dataset.uri,
        outputDir,
        spillDir: join(target, 'spill'),
        threadsPerWorker: THREADS_PER_WORKER,
        memoryLimitBytes: MEMORY_LIMIT_BYTES,
        parquetMetadataCache: false,
      });
      process.stdout.write(`${planText(plan, workers)}\n`);
      if (flags.write === undefined) return;
      const paths = await writeWorkUnits(plan, target, outputDir);
      process.stdout.write(`\nWritten; carry one out with: flow-worker --work-unit-file ${paths[0]}\n${paths.join('\n')}\n`);
    });
}

function workerCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new FlowbenchError('configuration', `--workers is "${text}".`, { remedy: 'Give a whole number of at least 1.' });
}

function assignmentOf(text: string): 'balanced' | 'contiguous' {
  if (text === 'balanced' || text === 'contiguous') return text;
  throw new FlowbenchError('configuration', `--assignment is "${text}".`, { remedy: 'Give balanced or contiguous.' });
}
