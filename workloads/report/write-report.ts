import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { readRun } from '../results/run-folder.js';
import { loadBounds } from './bounds.js';
import { renderMarkdown } from './markdown.js';
import { buildReport } from './model/build-report.js';
import { renderPage } from './page/page.js';
import { PlotKit } from './plots/kit.js';

export interface ReportOptions {
  readonly markdownPath: string;
  readonly htmlPath: string;
  /** Refuse runs whose numbers must not be published (default false). */
  readonly publish?: boolean;
}

export interface WrittenReport {
  readonly markdownPath: string;
  readonly htmlPath: string;
  readonly headline: readonly string[];
  readonly banners: readonly string[];
  readonly rows: number;
  readonly sections: number;
}

/**
 * Reads runs and writes their report as Markdown and as one HTML file. Throws `configuration` for a folder
 * that is no run, for runs without a row, and with `publish` for an exploratory run; `storage_write` when
 * a file cannot be written. Nothing is written then.
 */
export async function writeReport(runDirs: readonly string[], options: ReportOptions): Promise<WrittenReport> {
  const runs = [...new Set(runDirs)].map(readRun);
  const rows = runs.reduce((total, run) => total + run.rows.length, 0);
  if (rows === 0) {
    throw new FlowbenchError('configuration', `There is nothing to report: ${runDirs.length === 0 ? 'no run was named' : `no row in ${runDirs.join(', ')}`}.`, {
      remedy: 'Name the folders of runs that measured something, as "flowbench run" printed them.',
    });
  }
  const model = buildReport(runs, await loadBounds(runs.map((run) => run.record)));
  if (options.publish === true && model.unpublishable.length > 0) {
    throw new FlowbenchError('configuration', `Refused to publish: ${model.unpublishable.join(' ')}`, {
      remedy: 'Commit what the run was made from and measure again, or report without --publish.',
    });
  }
  const page = renderPage(model, await PlotKit.load(), readFileSync(join(__dirname, 'report.css'), 'utf8'));
  write(options.markdownPath, renderMarkdown(model));
  write(options.htmlPath, page);
  const { headline, banners, sections } = model;
  return { markdownPath: options.markdownPath, htmlPath: options.htmlPath, headline, banners, rows, sections: sections.length };
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (cause) {
    throw new FlowbenchError('storage_write', `Cannot write the report "${path}" (${messageOf(cause)}).`, {
      remedy: 'Name a folder that can be written with --out.',
      cause,
    });
  }
}
