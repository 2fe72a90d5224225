import type { Command } from 'commander';
import { FlowbenchError } from '../../model/errors.js';
import { EXIT } from '../exit-codes.js';

interface Options {
  readonly sf: string;
  readonly target: string;
  readonly out?: string;
  readonly force?: true;
  readonly rowGroupRows: string;
  readonly numeric: string;
  readonly from?: string;
  readonly memory: string;
  readonly parts?: string;
  readonly threads?: string;
  readonly python: string;
}

export function addDatagenCommand(program: Command): void {
  program
    .command('datagen')
    .description('Make a TPC-H dataset: Parquet files laid out for pruning, a manifest, and the answers of the 22 queries.')
    .requiredOption('--sf <n>', 'scale factor (1 is about 1 GB of raw data)')
    .option('--target <place>', 'local, or ec2: a machine of your AWS account makes it, puts it into the dataset bucket and ends itself', 'local')
    .option('--out <dir>', 'with --target local: folder of the dataset; a call that was interrupted is continued')
    .option('--force', 'with --target ec2: make it again where it lies verified already')
    .option('--row-group-rows <n>', 'most rows in a row group', '122880')
    .option('--numeric <type>', 'decimal, or double for a derived dataset for engines without decimals', 'decimal')
    .option('--from <dir>', 'with --numeric double: the decimal dataset to derive from (default: generate one first)')
    .option('--memory <size>', 'what each process may take: 2GB, 1500MB', '2GB')
    .option('--parts <n>', 'cuts in which lineitem is generated: more need less disk, and change no byte')
    .option('--threads <n>', 'threads (default: the cores of this machine)')
    .option('--python <command>', 'Python for the private environment of the generator', 'python3')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { target, numeric, out } = options;
  if (numeric !== 'decimal' && numeric !== 'double') throw new FlowbenchError('configuration', `--numeric ${numeric} is neither decimal nor double.`);
  if (target === 'ec2') {
    const { generateInAccount } = await import('../datagen/in-account.js');
    return generateInAccount({ sf: options.sf, numeric, force: options.force ?? false, out });
  }
  if (target !== 'local') throw new FlowbenchError('configuration', `--target ${target} is neither local nor ec2.`);
  if (out === undefined) throw new FlowbenchError('configuration', '--out is missing: the folder that the dataset is made in.');
  return generateHere({ ...options, out }, numeric);
}

async function generateHere(options: Options & { readonly out: string }, numeric: 'decimal' | 'double'): Promise<void> {
  const [{ generateDataset }, { availableParallelism }] = [await import('../../dataset/datagen.js'), await import('node:os')];
  const { cacheFolder } = await import('../cache-folder.js');
  const { numberOption, sizeOption } = await import('../../dataset/option-values.js');
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const startedAtMs = performance.now();
    const result = await generateDataset({
      scaleFactor: numberOption('--sf', options.sf),
      out: options.out,
      rowGroupRows: numberOption('--row-group-rows', options.rowGroupRows),
      numeric,
      ...(options.from === undefined ? {} : { from: options.from }),
      ...(options.parts === undefined ? {} : { parts: numberOption('--parts', options.parts) }),
      memoryBytes: sizeOption('--memory', options.memory),
      threads: options.threads === undefined ? availableParallelism() : numberOption('--threads', options.threads),
      cacheDir: cacheFolder(),
      python: options.python,
      sink: process.stderr,
      signal: interruption.signal,
    });
    const { describeResult } = await import('../../dataset/show.js');
    process.stdout.write(`${describeResult(result, performance.now() - startedAtMs)}\n`);
  } catch (error) {
    if (!(error instanceof FlowbenchError) || error.code !== 'cancelled') throw error;
    process.stderr.write(`\nflowbench: ${error.sentence}\n`);
    process.exitCode = EXIT.interrupted;
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}
