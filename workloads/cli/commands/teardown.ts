import { type Command } from 'commander';
import { EXIT } from '../exit-codes.js';

interface Options {
  readonly stack?: string;
  readonly all?: boolean;
  readonly project?: string;
  readonly region?: string;
  readonly kubernetes?: boolean;
  readonly costs?: boolean;
  readonly yes?: boolean;
}

export function addTeardownCommand(program: Command): void {
  const teardown = program.command('teardown').description('Take down what was deployed to AWS, and prove by its API that nothing is left.');
  steps(teardown.command('plan').description('The steps of "run" in their order, and what the phases have cost until now. Changes nothing.')).action(plan);
  steps(teardown.command('run').description('Delete Spark and Ray resources, destroy with cdktf, sweep what AWS leaves behind, verify. May be repeated; exit code 1 when anything is left.'))
    .option('--yes', 'really do it')
    .action(run);
  place(teardown.command('verify').description('What exists, by the AWS API; exit code 1 when anything is left, or a kind could not be looked at.')).action(verify);
}

function place(command: Command): Command {
  return command
    .option('--stack <name>', 'only this stack, such as alpha-stack')
    .option('--all', 'every stack, and what is otherwise kept on purpose')
    .option('--project <name>', 'project that the names and tags begin with (default: that of the configuration)')
    .option('--region <region>', 'AWS region (default: that of the configuration)');
}

function steps(command: Command): Command {
  return place(command)
    .option('--no-kubernetes', 'leave the inside of the clusters alone, when their API cannot be reached from here')
    .option('--no-costs', 'do not ask Cost Explorer, which charges a cent')
    .argument('[cdktf-arguments...]', 'after --: more arguments of cdktf destroy');
}

async function plan(more: string[], options: Options): Promise<void> {
  const [{ teardownOptions }, { planTeardown }] = await Promise.all([import('../teardown-options.js'), import('../cloud.js').then(({ loadCloud }) => loadCloud())]);
  process.stdout.write(`${await planTeardown(teardownOptions(options, more))}\n`);
}

async function run(more: string[], options: Options): Promise<void> {
  const [{ confirmed, teardownOptions }, { runTeardown }] = await Promise.all([import('../teardown-options.js'), import('../cloud.js').then(({ loadCloud }) => loadCloud())]);
  confirmed(options);
  process.exitCode = (await runTeardown(teardownOptions(options, more))) ? EXIT.ok : EXIT.notOk;
}

async function verify(options: Options): Promise<void> {
  const [{ selectionOf }, { verifyTeardown }] = await Promise.all([import('../teardown-options.js'), import('../cloud.js').then(({ loadCloud }) => loadCloud())]);
  const { access, selection } = selectionOf(options);
  const { isClean, text } = await verifyTeardown(access, selection);
  process.stdout.write(text);
  process.exitCode = isClean ? EXIT.ok : EXIT.notOk;
}
