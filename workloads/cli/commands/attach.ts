import type { Command } from 'commander';
import { addClusterOptions } from '../cluster-options.js';
import type { ClusterFlags } from '../kubernetes/target.js';

/** Declares `flowbench attach`. */
export function addAttachCommand(program: Command): void {
  const attach = program
    .command('attach')
    .description('follow a run that goes on in a cluster, or bring home one that has ended; exit code as of "flowbench run"')
    .argument('<run>', 'id of the run, as "flowbench run" printed it')
    .option('--out <dir>', 'folder in which the run gets its own (default: runs)');
  addClusterOptions(attach).action(async (runId: string, flags: ClusterFlags & { readonly out?: string }) => {
    const { attach: attachTo } = await import('../kubernetes/attach.js');
    await attachTo(runId, flags);
  });
}
