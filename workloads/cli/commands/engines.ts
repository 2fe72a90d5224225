import type { Command } from 'commander';

export function addEnginesCommand(program: Command): void {
  const engines = program.command('engines').description('Install the engines to compare with, and see which are there.');
  engines
    .command('install')
    .description('put engines into the cache folder, from package registries, each file checked by its content; goes on where it was interrupted')
    .argument('[names...]', 'spark, trino, daft, ematix')
    .option('--python <command>', 'Python with venv and pip to build upon', 'python3')
    .action(async (names: readonly string[], { python }: { readonly python: string }) => {
      const { installEngines } = await import('../engines/install-engines.js');
      process.exitCode = await installEngines(names, python);
    });
  engines
    .command('list')
    .description('which engines this machine has, their versions, sizes and folders')
    .action(async () => {
      const { listEngines } = await import('../engines/list-engines.js');
      await listEngines();
    });
}
