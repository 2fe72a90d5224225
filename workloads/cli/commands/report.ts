import type { Command } from 'commander';

interface ReportFlags {
  readonly out: string;
  readonly publish: boolean;
}

/** Declares `flowbench report`. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('Draw the report of one or more runs: BENCHMARKS-DISTRIBUTED.md and one self-contained HTML page.')
    .argument('<run...>', 'folders of runs, or s3://…/runs/ID, as "flowbench run" printed them')
    .option('--out <folder>', 'where the two files are written, may be s3://…', 'docs')
    .option('--publish', 'refuse runs that were made from a changed tree or an unknown revision', false)
    .action(async (runs: string[], flags: ReportFlags) => {
      const { writeReport } = await import('../../report/write-report.js');
      const { setUpS3 } = await import('../s3.js');
      const { joinUri } = await import('../../model/storage-uri.js');
      setUpS3();
      const written = await writeReport(runs, {
        markdownPath: joinUri(flags.out, 'BENCHMARKS-DISTRIBUTED.md'),
        htmlPath: joinUri(flags.out, 'benchmarks-distributed.html'),
        publish: flags.publish,
      });
      const lines = [...written.banners.map((banner) => `! ${banner}`), ...written.headline, '', written.markdownPath, written.htmlPath];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
