import type { Command } from 'commander';
import type { PublishOptions } from '../images/publish-options.js';

export function addImagesCommand(program: Command): void {
  const images = program.command('images').description('Build and publish the images that the stacks run.');
  images
    .command('publish')
    .description('build, push, and tell the stacks the digest; what was pushed before is not pushed again')
    .option('--builder <name>', 'docker (of this machine) or codebuild (of your AWS account)', 'docker')
    .option('--image <name...>', 'flow-worker, coordinator, spark, daft (default: all that can be built)')
    .option('--with-ematix', 'build the real ematix-flow into flow-worker too: up to two hours the first time (default: without)')
    .action(async (options: PublishOptions) => {
      const { publishFromHere } = await import('../images/publish-options.js');
      await publishFromHere(options);
    });
  images
    .command('list')
    .description('what is published, by digest')
    .action(async () => {
      const { listFromHere } = await import('../images/publish-options.js');
      await listFromHere();
    });
}
