import type { Command } from 'commander';
import type { InitOptions } from '../init/init.js';

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write flowbench.config.json: who owns what is deployed in your AWS account, where, and who may reach it')
    .option('--owner <text>', 'who answers for it, a tag on everything (default: the e-mail address of git)')
    .option('--region <region>', 'region of AWS (default: that of the profile)')
    .option('--cidr <list>', 'addresses that may reach the clusters, such as 203.0.113.4/32')
    .option('--allow-any-cidr', 'say a second time that --cidr 0.0.0.0/0 is meant')
    .option('--profile <name>', 'profile of cdktf.json that it is laid over', 'default')
    .option('--force', 'replace a flowbench.config.json that is there')
    .action(async (options: InitOptions) => {
      const { runInit } = await import('../init/init.js');
      await runInit(options);
    });
}
