import { numberOption } from '../../dataset/option-values.js';
import { FlowbenchError } from '../../model/errors.js';
import { MOST_SCALE_FACTOR } from '../../model/generator-size.js';
import { readBenchConfig } from '../bench-config-file.js';
import { accessIn, loadCloud } from '../cloud.js';
import { EXIT } from '../exit-codes.js';

export interface InAccountOptions {
  readonly sf: string;
  readonly numeric: 'decimal' | 'double';
  readonly force: boolean;
  /** Given by mistake: the dataset goes to its bucket. */
  readonly out: string | undefined;
}

/** `flowbench datagen --target ec2`. Ctrl-C leaves the machine at its work. */
export async function generateInAccount(options: InAccountOptions): Promise<void> {
  const scaleFactor = checkedScaleFactor(options);
  const { project, owner, region } = readBenchConfig(process.cwd());
  if (owner === undefined) throw new FlowbenchError('configuration', 'Nobody owns the machine: owner is missing in flowbench.config.json.', { remedy: 'Write it with "flowbench init".' });
  const { generateOnEc2 } = await loadCloud();
  const detachment = new AbortController();
  const detach = (): void => {
    detachment.abort();
  };
  process.once('SIGINT', detach).once('SIGTERM', detach);
  try {
    const { ending, problems } = await generateOnEc2({
      access: accessIn(region),
      project, owner, scaleFactor, numeric: options.numeric, force: options.force, signal: detachment.signal,
      say: (line) => process.stdout.write(`${line}\n`),
    });
    report(ending, problems);
  } finally {
    process.removeListener('SIGINT', detach).removeListener('SIGTERM', detach);
  }
}

function checkedScaleFactor({ sf, out }: InAccountOptions): number {
  const scaleFactor = numberOption('--sf', sf);
  if (!(scaleFactor > 0 && scaleFactor <= MOST_SCALE_FACTOR)) throw new FlowbenchError('configuration', `--sf ${sf} is not between 0 and ${MOST_SCALE_FACTOR}.`);
  if (out !== undefined) throw new FlowbenchError('configuration', `--out ${out} goes with --target local; a machine puts the dataset into the dataset bucket.`);
  return scaleFactor;
}

function report(ending: string, problems: readonly string[]): void {
  const say = (line: string): void => {
    process.stderr.write(`flowbench: ${line}\n`);
  };
  if (ending === 'detached') {
    say('No longer watching; the machine goes on and ends itself. The same command follows it again.');
    process.exitCode = EXIT.interrupted;
  } else if (ending === 'failed' || ending === 'vanished') {
    say(ending === 'failed' ? 'The machine failed; its log above says at what.' : 'The machine ended without saying how: it was stopped from outside, or its time was up.');
    say('The same command starts another one.');
    process.exitCode = EXIT.notOk;
  } else if (problems.length > 0) {
    say(`What lies in the bucket is not the dataset:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    process.exitCode = EXIT.notOk;
  }
}
