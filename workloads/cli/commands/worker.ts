import type { Command } from 'commander';

/**
 * The same program as `flow-worker`, flag for flag: everything after the name is handed on unread, so that
 * bad flags too end with its one line of metrics and its exit codes.
 */
export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('Carry out one work unit and print its metrics as one JSON line (same as flow-worker; "flowbench worker --help" lists the flags).')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[flags...]')
    .action(async (flags: string[]) => {
      const { workerMain } = await import('../worker/main.js');
      await workerMain(flags, process.env);
    });
}
