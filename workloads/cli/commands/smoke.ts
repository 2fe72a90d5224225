import { type Command, Option } from 'commander';
import { addClusterOptions } from '../cluster-options.js';
import type { SmokeFlags } from '../kubernetes/smoke.js';

/** Declares `flowbench smoke`. */
export function addSmokeCommand(program: Command): void {
  const smoke = program
    .command('smoke')
    .description('one query, one worker, once, in a cluster: shows that everything a benchmark needs is there, and leaves nothing behind; exit 1 when something is not right, 2 when it could not start')
    .addOption(new Option('--target <place>', 'where').choices(['kubernetes']).default('kubernetes'))
    .option('--dataset <uri>', 'dataset (default: the first that the phase is configured with)')
    .option('--query <id>', 'which query', 'Q6')
    .option('--timeout <duration>', 'of the query, start of the pod included', '300s');
  addClusterOptions(smoke).action(async (flags: SmokeFlags) => {
    const { smoke: runSmoke } = await import('../kubernetes/smoke.js');
    await runSmoke(flags);
  });
}
