import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';

interface LimitOptions {
  readonly memory: string;
  readonly threads?: string;
}

export function addDatasetCommand(program: Command): void {
  const dataset = program.command('dataset').description('Look at, check and adopt datasets.');
  dataset.command('show').description('What a dataset is: tables, row groups, invariants, id.').argument('<dir>', 'folder of the dataset, or s3://bucket/prefix').action(show);
  limits(dataset.command('verify').description('Measure everything the manifest says again; exit code 1 when something differs.').argument('<dir>', 'folder of the dataset, or s3://bucket/prefix (read twice from there, once to hash it)')).action(verify);
  limits(
    dataset
      .command('adopt')
      .description('Make a dataset of TPC-H Parquet made elsewhere: writes manifest and answers beside it, moves nothing.')
      .argument('<dir>', 'folder with <table>.parquet or <table>/…')
      .requiredOption('--sf <n>', 'scale factor of the data'),
  ).action(adopt);
}

function limits(command: Command): Command {
  return command.option('--memory <size>', 'what measuring may take: 2GB, 1500MB', '2GB').option('--threads <n>', 'threads (default: the cores of this machine)');
}

async function show(dir: string): Promise<void> {
  const [{ loadDataset }, { describeDataset }, { setUpS3 }] = await Promise.all([import('../../dataset/load.js'), import('../../dataset/show.js'), import('../s3.js')]);
  setUpS3();
  process.stdout.write(`${describeDataset(await loadDataset(dir))}\n`);
}

async function verify(dir: string, options: LimitOptions): Promise<void> {
  const [{ verifyDataset }, { setUpS3 }, { isS3Uri }] = await Promise.all([import('../../dataset/verify.js'), import('../s3.js'), import('../../model/storage-uri.js')]);
  setUpS3();
  if (isS3Uri(dir)) process.stderr.write(`Every file of ${dir} is read twice from S3: brought here and hashed, then measured in place. Expect a minute per few GB.\n`);
  const problems = await verifyDataset({ dir, ...(await limitsOf(options)), signal: new AbortController().signal, onStep: () => undefined });
  if (problems.length === 0) {
    process.stdout.write(`${dir} is exactly what its manifest says.\n`);
    return;
  }
  process.stdout.write(`${dir} differs from its manifest:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`);
  process.exitCode = EXIT.notOk;
}

async function adopt(dir: string, options: LimitOptions & { readonly sf: string }): Promise<void> {
  const [{ adoptDataset }, { describeDataset }, { numberOption }] = await Promise.all([
    import('../../dataset/adopt.js'), import('../../dataset/show.js'), import('../../dataset/option-values.js'),
  ]);
  const { handle, warnings } = await adoptDataset({
    dir, scaleFactor: numberOption('--sf', options.sf), ...(await limitsOf(options)), sink: process.stderr, signal: new AbortController().signal,
  });
  for (const warning of warnings) process.stderr.write(`Note: ${warning}.\n`);
  process.stdout.write(`${describeDataset(handle)}\n`);
}

async function limitsOf(options: LimitOptions): Promise<{ memoryBytes: number; threads: number }> {
  const { numberOption, sizeOption } = await import('../../dataset/option-values.js');
  return {
    memoryBytes: sizeOption('--memory', options.memory),
    threads: options.threads === undefined ? availableParallelism() : numberOption('--threads', options.threads),
  };
}
