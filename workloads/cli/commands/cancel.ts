import type { Command } from 'commander';
import { addClusterOptions } from '../cluster-options.js';
import type { ClusterFlags } from '../kubernetes/target.js';

/** Declares `flowbench cancel`. */
export function addCancelCommand(program: Command): void {
  const cancel = program
    .command('cancel')
    .description('stop a run in a cluster and wait until nothing of it is left there; what it measured is kept')
    .argument('<run>', 'id of the run, as "flowbench run" printed it');
  addClusterOptions(cancel).action(async (runId: string, flags: ClusterFlags) => {
    const { cancel: cancelRun } = await import('../kubernetes/cancel.js');
    await cancelRun(runId, flags);
  });
}
