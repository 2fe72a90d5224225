import { type Command } from 'commander';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine has, and what each missing thing is needed for (exit 1 when "flowbench start" cannot run)')
    .action(async () => {
      const { runDoctor } = await import('../doctor/doctor.js');
      process.exitCode = await runDoctor();
    });
}
