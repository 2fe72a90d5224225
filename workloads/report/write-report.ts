import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { isS3Uri, parseS3Uri } from '../model/storage-uri.js';
import { requireStoredRun, type StorageOf } from '../results/open-run.js';
import { storageOf } from '../storage/storage-of.js';
import { loadBounds } from './bounds.js';
import { renderMarkdown } from './markdown.js';
import { buildReport } from './model/build-report.js';
import { renderPage } from './page/page.js';
import { PlotKit } from './plots/kit.js';

/** Runs are read, and files written, on this machine or in S3. */
export interface ReportOptions {
  readonly markdownPath: string;
  readonly htmlPath: string;
  /** Refuse runs whose numbers must not be published (default false). */
  readonly publish?: boolean;
  /** Default: by the scheme of a location. */
  readonly storageOf?: StorageOf;
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
 * Reads runs and writes their report as Markdown and as one HTML file. Throws `configuration` for what
 * is no run, for runs without a row, and with `publish` for an exploratory run; `storage_write` when
 * a file cannot be written. Nothing is written then.
 */
export async function writeReport(runUris: readonly string[], options: ReportOptions): Promise<WrittenReport> {
  const runs = await Promise.all([...new Set(runUris)].map((uri) => requireStoredRun(uri, options)));
  const rows = runs.reduce((total, run) => total + run.rows.length, 0);
  if (rows === 0) {
    throw new FlowbenchError('configuration', `There is nothing to report: ${runUris.length === 0 ? 'no run was named' : `no row in ${runUris.join(', ')}`}.`, {
      remedy: 'Name the folders of runs that measured something, as "flowbench run" printed them.',
    });
  }
  const model = buildReport(runs, await loadBounds(runs.map((run) => run.record)));
  if (options.publish === true && model.unpublishable.length > 0) {
    throw new FlowbenchError('configuration', `Refused to publish: ${model.unpublishable.join(' ')}`, {
      remedy: 'Commit what the run was made from and measure again, or report without --publish.',
    });
  }
  const page = renderPage(model, await PlotKit.load(), readFileSync(join(__dirname, 'report.css'), 'utf8'), hrefFrom(options.htmlPath));
  await write(options.markdownPath, renderMarkdown(model, hrefFrom(options.markdownPath)), options);
  await write(options.htmlPath, page, options);
  const { headline, banners, sections } = model;
  return { markdownPath: options.markdownPath, htmlPath: options.htmlPath, headline, banners, rows, sections: sections.length };
}

/**
 * How a place is named from a file: a URL as it is, a file by its path from there. What lies in S3 cannot be
 * opened by a browser from anywhere else than S3.
 */
export function hrefFrom(path: string): (target: string) => string | null {
  return (target) => {
    if (/^https?:\/\//i.test(target)) return target;
    if (isS3Uri(target) || isS3Uri(path)) return inSameBucket(path, target);
    const from = relative(dirname(resolve(path)), resolve(target));
    return isAbsolute(from) ? null : from.split(sep).map(encodeURIComponent).join('/');
  };
}

function inSameBucket(path: string, target: string): string | null {
  if (!isS3Uri(path) || !isS3Uri(target) || parseS3Uri(path).bucket !== parseS3Uri(target).bucket) return null;
  return relative(dirname(`/${parseS3Uri(path).key}`), `/${parseS3Uri(target).key}`).split(sep).map(encodeURIComponent).join('/');
}

async function write(path: string, text: string, { storageOf: storage = storageOf }: ReportOptions): Promise<void> {
  if (isS3Uri(path)) {
    await storage(path).write(path, text);
    return;
  }
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
