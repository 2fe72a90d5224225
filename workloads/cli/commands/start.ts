import { join } from 'node:path';
import type { Command } from 'commander';

/** Enough for a median beside the cold run, and done within a minute on two cores. */
const RUNS = '3';

/** Declares `flowbench start`. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run all 22 queries over the sample data that comes along, on both engines with 1, 2 and 4 workers, and draw the report')
    .option('--out <dir>', 'folder in which the run gets its own', 'runs')
    .action(async (flags: { readonly out: string }) => {
      const { hostCores, measure } = await import('../measuring.js');
      const { parseOptions } = await import('../../campaign/parse-options.js');
      const dataset = join(__dirname, '..', '..', 'tpch', 'sample', 'sf0.01');
      const result = await measure({ kind: 'new', ...parseOptions({ dataset, out: flags.out, runs: RUNS }, hostCores()) });
      if (result.ended === 'interrupted') return;
      const { writeReport } = await import('../../report/write-report.js');
      const report = await writeReport([result.uri], {
        markdownPath: join(result.uri, 'report', 'BENCHMARKS-DISTRIBUTED.md'),
        htmlPath: join(result.uri, 'report', 'benchmarks-distributed.html'),
      });
      process.stdout.write(`\nReport: ${report.htmlPath}\n        ${report.markdownPath}\n`);
    });
}
