import type { Command } from 'commander';

/** The options that say which cluster, the same for every command. */
export function addClusterOptions(command: Command, when = ''): Command {
  return command
    .option('--phase <name>', `${when}the deployed phase (default: alpha)`)
    .option('--kubeconfig <file>', `${when}how the cluster is reached (default: KUBECONFIG, then that of your home)`)
    .option('--context <name>', `${when}context of the kubeconfig (default: its current one)`)
    .option('--namespace <name>', `${when}namespace of the phase (default: flowbench-<phase>)`);
}
