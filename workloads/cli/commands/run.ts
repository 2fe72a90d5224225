import { type Command, Option } from 'commander';
import { addClusterOptions } from '../cluster-options.js';
import type { RunFlags } from '../kubernetes/run-target.js';

/** Declares `flowbench run`. Values are read by the campaign, which tells all that is wrong at once. */
export function addRunCommand(program: Command): void {
  const run = program
    .command('run')
    .description('measure queries on engines over a dataset; exit 0 when every cell is ok, 1 when some cell is not, 2 for a configuration that cannot run')
    .option('--dataset <dir>', 'folder of the dataset, or s3://…; on a cluster also one of its own, such as tpch/sf10 (default there: the first)')
    .option('--engines <list>', 'flow, duckdb, spark, trino, daft, ematix (default: flow,duckdb; on a cluster what its phase runs)')
    .option('--queries <list>', '"all", or for instance Q1,Q6 (default: all)')
    .option('--workers <list>', 'numbers of workers (default: 1,2,4; on a cluster as far as it has nodes)')
    .option('--runs <n>', 'repetitions of each cell, the cold first one included (default: 5)')
    .option('--timeout <duration>', 'of one query: 500ms, 300s, 5m (default: 300s)')
    .option('--executor <list>', 'warm, process: how workers are kept (default: warm); on a cluster job, warm-job (default: both)')
    .option('--assignment <list>', 'balanced, contiguous: how row groups are dealt (default: balanced)')
    .option('--variants <list>', 'of each engine: "default" for its first, "all", whole names such as metadata-cache=on, or values such as on (default: default)')
    .option('--tiers <list>', 'sets of settings: default, tuned, … or "all"; an engine without one is not measured in it (default: default)')
    .option('--null-run <engine>', 'measure the first series of this engine twice, which shows the noise; or "none" (default: duckdb, or the first engine)')
    .option('--order <order>', 'rotated: engines take turns, one repetition each, the others stopped meanwhile; or sequential (default: rotated; on a cluster sequential)')
    .option('--threads-per-worker <n>', 'threads of one worker (default: 1; on a cluster all cores of a node)')
    .option('--memory-per-worker <amount>', 'memory limit of one worker: 512MB, 1GB (default: 1GB; on a cluster three quarters of its pod)')
    .option('--duckdb-threads <n>', 'threads of the single-process engine (default: all cores)')
    .option('--price <node>', 'compute cost with the dated price of a node shape such as m5.xlarge (default: no cost; on a cluster its nodes)')
    .option('--seed <n>', 'of the order of turns, and of --assignment random (default: 1)')
    .option('--out <dir>', 'folder in which the run gets its own (default: runs)')
    .option('--preset <name>', 'a campaign by name: alpha (Q1, Q14, Q22 at scale factor 10, N = 1, 2, 4); beta (spark), gamma (trino), delta (daft): all 22 at 10 or 100, N = 1, 2, 4, 8')
    .option('--resume <run>', 'go on with a run: its folder, or its id within --out')
    .option('--target <place>', 'local, or kubernetes: workers are pods of a deployed phase, and so is the coordinator', 'local')
    .option('--detach', 'with --target kubernetes: start the run and leave it; "flowbench attach" follows it')
    .option('--image <name=reference...>', 'with --target kubernetes: another image by digest, flow-worker=… or coordinator=…')
    .option('--cleanup', 'with --target kubernetes: remove what runs left in the cluster that nobody coordinates any more');
  addClusterOptions(run, 'with --target kubernetes: ')
    .addOption(new Option('--run-id <id>').hideHelp())
    .addOption(new Option('--smoke').hideHelp())
    .action(async (flags: RunFlags) => {
      const { runHereOrThere } = await import('../kubernetes/run-target.js');
      await runHereOrThere(flags);
    });
}
