import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { loadAnswer } from '../dataset/answers.js';
import { checkUnchanged, loadDataset } from '../dataset/load.js';
import type { EngineRunner } from '../engines/contract.js';
import type { Answer } from '../model/answer.js';
import { configurationError, FlowbenchError } from '../model/errors.js';
import { locateRowGroups, type DatasetHandle, type Manifest } from '../model/manifest.js';
import type { QueryId } from '../model/queries.js';
import type { EngineId } from '../model/result-row.js';
import { isS3Uri } from '../model/storage-uri.js';
import { queryText } from '../tpch/query-text.js';
import { seriesProblems } from './cells.js';
import { pricesFor, type PricesUsed } from './cost.js';
import type { CampaignOptions } from './options.js';
import { PRESETS } from './presets.js';

/** Everything a campaign reads before its first cell. */
export interface Prepared {
  readonly dataset: DatasetHandle;
  readonly texts: ReadonlyMap<QueryId, string>;
  readonly answers: ReadonlyMap<QueryId, Answer>;
  readonly runners: readonly EngineRunner[];
  readonly prices: PricesUsed | null;
}

/**
 * Loads and checks what the options name. Throws once, with every problem found here and those that came
 * before; a single problem keeps its own code (`dataset_missing`, `answers_missing`, …).
 */
export async function prepare(options: CampaignOptions, earlier: readonly string[], runnerOf: (id: EngineId) => EngineRunner): Promise<Prepared> {
  const found = new Findings(earlier);
  const runners = options.engines.map(runnerOf);
  const prices = options.price === null ? null : await found.of(() => pricesFor(options.price ?? ''));
  found.add(...seriesProblems(options, runners), ...folderProblems(options.outDir));
  const dataset = options.datasetUri === '' ? undefined : await found.of(() => loadDataset(options.datasetUri));
  if (dataset === undefined) throw found.error();
  await found.of(() => checkUnchanged(dataset));
  found.add(...sizeProblems(options, dataset.manifest), ...numericProblems(options, dataset.manifest));
  const texts = new Map(options.queries.map((query) => [query, queryText(query, dataset.manifest.scale_factor)]));
  const answers = new Map<QueryId, Answer>();
  for (const [query, text] of texts) {
    const answer = await found.of(() => loadAnswer(dataset, query, text));
    if (answer !== undefined) answers.set(query, answer);
  }
  if (found.any) throw found.error();
  return { dataset, texts, answers, runners, prices: prices ?? null };
}

/** Problems as they are found, to be told together. */
class Findings {
  private readonly texts: string[];
  private readonly errors: FlowbenchError[] = [];

  constructor(earlier: readonly string[]) {
    this.texts = [...earlier];
  }

  get any(): boolean {
    return this.texts.length + this.errors.length > 0;
  }

  add(...problems: readonly string[]): void {
    this.texts.push(...problems);
  }

  /** The value, or undefined when making it failed for a reason a person can mend. */
  async of<T>(make: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof FlowbenchError)) throw error;
      this.errors.push(error);
      return undefined;
    }
  }

  error(): FlowbenchError {
    const only = this.errors[0];
    if (only !== undefined && this.errors.length === 1 && this.texts.length === 0) return only;
    return configurationError([...this.texts, ...this.errors.map((error) => error.sentence)]);
  }
}

/** Engines that take decimals for whole numbers and say nothing of it: what they answer to them is no measurement. */
const DOUBLES_ONLY: readonly EngineId[] = ['ematix'];

function numericProblems({ engines }: CampaignOptions, { numeric, scale_factor: scaleFactor }: Manifest): string[] {
  if (numeric === 'double') return [];
  return engines.filter((engine) => DOUBLES_ONLY.includes(engine)).map(
    (engine) => `--engines ${engine} takes the digits of a decimal for a whole number, and this dataset has decimal columns; derive one with "flowbench datagen --sf ${scaleFactor} --numeric double --out DIR" and measure all engines on that.`,
  );
}

/** A worker without a row group would have nothing to do in any query. */
function sizeProblems(options: CampaignOptions, manifest: Manifest): string[] {
  const rowGroups = Object.entries(manifest.tables).map(([name, table]) => ({ name, count: locateRowGroups(table).length }));
  const largest = rowGroups.reduce((a, b) => (b.count > a.count ? b : a), { name: 'no table', count: 0 });
  const tooMany = options.workers.filter((workers) => workers > largest.count);
  const preset = options.preset === null ? undefined : PRESETS[options.preset];
  return [
    ...(tooMany.length === 0
      ? []
      : [`--workers ${tooMany.join(',')} is more than the ${largest.count} row groups of ${largest.name}, the largest table; use fewer workers, or generate finer with --row-group-rows.`]),
    ...(preset === undefined || preset.scaleFactors.includes(manifest.scale_factor)
      ? []
      : [`Preset "${options.preset}" is defined over scale factor ${preset.scaleFactors.join(' or ')}, this dataset has ${manifest.scale_factor}; make one with "flowbench datagen --sf ${preset.scaleFactors[0]} --out DIR".`]),
  ];
}

/** The run's folder must be possible to make, before hours are spent. */
function folderProblems(outDir: string): string[] {
  // In S3 the run's record, written before the first cell, is what shows it.
  if (isS3Uri(outDir)) return [];
  let folder = resolve(outDir);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return [`--out ${outDir} cannot be made: ${folder} is not a folder.`];
  try {
    accessSync(folder, constants.W_OK);
    return [];
  } catch {
    return [`--out ${outDir} cannot be written: there is no write permission on ${folder}.`];
  }
}
