import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';

export function addS3Command(program: Command): void {
  const s3 = program.command('s3').description('Use S3, or a server that speaks as it does, for datasets and results.');
  s3.command('install')
    .description("fetch DuckDB's extension for S3 into the cache folder (once; nothing is fetched at run time)")
    .option('--python <command>', 'Python with pip, which fetches it', 'python3')
    .action(install);
  s3.command('check')
    .description('try with an object of its own all that a run does there; exit code 1 when something fails')
    .argument('<uri>', 's3://bucket/prefix')
    .action(check);
}

async function install({ python }: { readonly python: string }): Promise<void> {
  const [{ installHttpfs }, { defaultHttpfsFile, HTTPFS_VERSION }] = [await import('../s3/install-httpfs.js'), await import('../s3.js')];
  const file = defaultHttpfsFile();
  const { sizeBytes, made } = await installHttpfs({ file, python, signal: new AbortController().signal });
  process.stdout.write(`${made ? 'Installed' : 'Already there:'} httpfs ${HTTPFS_VERSION}, ${(sizeBytes / 1e6).toFixed(1)} MB, ${file}\n`);
}

async function check(uri: string): Promise<void> {
  const [{ checkPlace }, { setUpS3 }] = [await import('../s3/check-s3.js'), await import('../s3.js')];
  setUpS3();
  const allWell = await checkPlace(uri, ({ what, failure, tookMs }) => {
    process.stdout.write(failure === null ? `ok    ${what} (${Math.round(tookMs)} ms)\n` : `FAIL  ${what}: ${failure}\n`);
  });
  process.exitCode = allWell ? EXIT.ok : EXIT.notOk;
}
