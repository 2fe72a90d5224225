import { type Command } from 'commander';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine has, and what each missing thing is needed for (exit 1 when "flowbench start" cannot run)')
    .option('--aws', 'also what your AWS account and this machine lack to deploy (on its own where a flowbench.config.json lies)')
    .action(async ({ aws }: { readonly aws?: boolean }) => {
      const { runDoctor } = await import('../doctor/doctor.js');
      const { hasPersonalConfig } = await import('../bench-config-file.js');
      process.exitCode = await runDoctor(aws === true || hasPersonalConfig(process.cwd()));
    });
}
