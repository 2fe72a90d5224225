import type { Command } from 'commander';
import type { RawOptions } from '../../campaign/parse-options.js';

/** Declares `flowbench run`. Values are read by the campaign, which tells all that is wrong at once. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('measure queries on engines over a dataset; exit 0 when every cell is ok, 1 when some cell is not, 2 for a configuration that cannot run')
    .option('--dataset <dir>', 'folder of the dataset')
    .option('--engines <list>', 'flow, duckdb (default: both)')
    .option('--queries <list>', '"all", or for instance Q1,Q6 (default: all)')
    .option('--workers <list>', 'numbers of workers (default: 1,2,4)')
    .option('--runs <n>', 'repetitions of each cell, the cold first one included (default: 5)')
    .option('--timeout <duration>', 'of one query: 500ms, 300s, 5m (default: 300s)')
    .option('--executor <list>', 'warm, process: how workers are kept (default: warm)')
    .option('--assignment <list>', 'balanced, contiguous: how row groups are dealt (default: balanced)')
    .option('--variants <list>', 'off, on: Parquet metadata caching; "all" for every variant of each engine (default: off)')
    .option('--threads-per-worker <n>', 'threads of one worker (default: 1)')
    .option('--memory-per-worker <amount>', 'memory limit of one worker: 512MB, 1GB (default: 1GB)')
    .option('--duckdb-threads <n>', 'threads of the single-process engine (default: all cores)')
    .option('--price <node>', 'compute cost with the dated price of a node shape such as m5.xlarge (default: no cost)')
    .option('--seed <n>', 'of --assignment random (default: 1)')
    .option('--out <dir>', 'folder in which the run gets its own (default: runs)')
    .option('--preset <name>', 'a campaign by name: alpha (Q1, Q14, Q22 at scale factor 10, N = 1, 2, 4)')
    .option('--resume <run>', 'go on with a run: its folder, or its id within --out')
    .action(async (flags: RawOptions & { readonly resume?: string }) => {
      const { resume, ...raw } = flags;
      const { hostCores, measure } = await import('../measuring.js');
      const { DEFAULTS, parseOptions } = await import('../../campaign/parse-options.js');
      if (resume === undefined) {
        await measure({ kind: 'new', ...parseOptions(raw, hostCores()) });
        return;
      }
      const { openResumed } = await import('../../campaign/resume.js');
      await measure({ kind: 'resume', run: await openResumed(resume, raw, raw.out ?? DEFAULTS.out, hostCores()) });
    });
}
