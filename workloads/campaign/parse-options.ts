import { resolve } from 'node:path';
import type { ExecutorKind } from '../engines/contract.js';
import { ENGINE_IDS, type EngineId } from '../model/result-row.js';
import { parseQueryId, QUERY_IDS } from '../model/queries.js';
import { ASSIGNMENT_KINDS, EXECUTOR_KINDS, ORDERS, type CampaignOptions, type Order } from './options.js';
import { PRESETS, presetProblem, type Preset } from './presets.js';
import { OptionReader, oneOf, parseBytes, parseDurationMs, wholeNumber } from './read-options.js';

/** What a person wrote on the command line; undefined for what was not given. */
export interface RawOptions {
  readonly dataset?: string;
  readonly out?: string;
  readonly preset?: string;
  readonly engines?: string;
  readonly queries?: string;
  readonly workers?: string;
  readonly runs?: string;
  readonly timeout?: string;
  readonly executor?: string;
  readonly assignment?: string;
  readonly variants?: string;
  readonly tiers?: string;
  readonly nullRun?: string;
  readonly order?: string;
  readonly threadsPerWorker?: string;
  readonly memoryPerWorker?: string;
  readonly duckdbThreads?: string;
  readonly price?: string;
  readonly seed?: string;
}

/** Where workers run: as processes of this machine, or as pods. */
export type Target = 'local' | 'kubernetes';

export interface ParseSettings {
  /** Default: this machine. */
  readonly target?: Target;
  /** The engines that there are on the target; default: all on this machine, flow on a cluster. */
  readonly engines?: readonly EngineId[];
  /** The fewest repetitions that are let through; default: those that leave a warm one to show. */
  readonly smallestRuns?: number;
}

/** What holds where nothing was given; the threads of the single-process engine are the machine's cores. */
export const DEFAULTS = {
  out: 'runs', engines: 'flow,duckdb', queries: 'all', workers: '1,2,4', runs: '5', timeout: '300s', executor: 'warm', order: 'rotated',
  assignment: 'balanced', variants: 'default', tiers: 'default', threadsPerWorker: '1', memoryPerWorker: '1GB', seed: '1',
} as const;

/** What holds instead on another target. */
function targetDefaults(target: Target, offered: readonly EngineId[]): Partial<Record<keyof typeof DEFAULTS, string>> {
  return target === 'local' ? {} : { engines: offered.join(','), executor: 'job,warm-job', order: 'sequential' };
}

const EXECUTORS: Readonly<Record<Target, readonly ExecutorKind[]>> = { local: ['warm', 'process'], kubernetes: ['job', 'warm-job'] };
const ENGINES: Readonly<Record<Target, readonly EngineId[]>> = { local: ENGINE_IDS, kubernetes: ['flow'] };

/** On a cluster open sessions would hold each other's nodes. */
const ORDERS_OF_TARGET: Readonly<Record<Target, readonly Order[]>> = { local: ORDERS, kubernetes: ['sequential'] };

/** The baseline of every comparison: its noise is what claims are held against. */
const USUAL_NULL_RUN: EngineId = 'duckdb';
const NO_NULL_RUN = 'none';

/** The cold repetition is left out, so a single one would leave nothing to show. */
const SMALLEST_RUNS = 2;
const MAX_WORKERS = 1024;

export interface ParsedOptions {
  readonly options: CampaignOptions;
  /** One sentence for every value that cannot be used; its option then holds the default, to look further. */
  readonly problems: readonly string[];
}

/** Reads the options, all of them, and says everything that is wrong with them. Never throws. */
export function parseOptions(raw: RawOptions, hostCores: number, settings: ParseSettings = {}): ParsedOptions {
  const target = settings.target ?? 'local';
  const problems: string[] = [];
  const offered = settings.engines ?? ENGINES[target];
  const read = new OptionReader(raw, problems, { ...DEFAULTS, ...targetDefaults(target, offered) });
  const preset = raw.preset === undefined ? undefined : PRESETS[raw.preset];
  if (raw.preset !== undefined) problems.push(...presetProblems(raw.preset, raw));
  if (raw.dataset === undefined) problems.push('No dataset is given: name its folder with --dataset.');
  const engines = preset === undefined ? read.list('engines', (name) => oneOf('engine', name, ENGINE_IDS)) : presetEngines(preset, offered);
  const runs = read.one('runs', (text) => wholeNumber(text, settings.smallestRuns ?? SMALLEST_RUNS, 1000));
  const options: CampaignOptions = {
    datasetUri: raw.dataset === undefined ? '' : located(raw.dataset),
    outDir: raw.out ?? DEFAULTS.out,
    preset: raw.preset ?? null,
    engines,
    queries: preset?.queries ?? read.list('queries', parseQueryId, { all: QUERY_IDS }),
    workers: preset?.workers ?? read.list('workers', (text) => wholeNumber(text, 1, MAX_WORKERS)),
    runs,
    timeoutMs: read.one('timeout', parseDurationMs),
    executors: read.list('executor', (name) => oneOf('executor', name, EXECUTOR_KINDS)),
    assignments: read.list('assignment', (name) => oneOf('assignment', name, ASSIGNMENT_KINDS)),
    variants: read.list('variants', (name) => name),
    tiers: read.list('tiers', (name) => name),
    nullRun: read.one('nullRun', nullRunOf, usualNullRun(engines, runs)),
    order: read.one('order', (name) => oneOf('order', name, ORDERS)),
    threadsPerWorker: read.one('threadsPerWorker', (text) => wholeNumber(text, 1, 1024)),
    memoryPerWorkerBytes: read.one('memoryPerWorker', parseBytes),
    duckdbThreads: raw.duckdbThreads === undefined ? hostCores : read.one('duckdbThreads', (text) => wholeNumber(text, 1, 1024), String(hostCores)),
    price: raw.price ?? null,
    seed: read.one('seed', (text) => wholeNumber(text, 0, Number.MAX_SAFE_INTEGER)),
  };
  return { options, problems: [...problems, ...targetProblems(options, settings)] };
}

/** What is asked of a target that it cannot do, and of a campaign that it does not hold. */
export function targetProblems({ engines, executors, order, nullRun }: CampaignOptions, settings: ParseSettings): string[] {
  const target = settings.target ?? 'local';
  const offered = settings.engines ?? ENGINES[target];
  const strangers = executors.filter((executor) => !EXECUTORS[target].includes(executor));
  const absent = engines.filter((engine) => !offered.includes(engine));
  const here = target === 'local' ? 'this machine' : 'a cluster';
  return [
    ...strangers.map((executor) => `--executor ${executor} is not for ${here}${target === 'local' ? ', it needs --target kubernetes' : ''}; here: ${EXECUTORS[target].join(', ')}.`),
    ...absent.map((engine) => `--engines ${engine} does not run on ${here} in this version; here: ${offered.join(', ')}.`),
    ...(ORDERS_OF_TARGET[target].includes(order) ? [] : [`--order ${order} is not for ${here}, where open sessions would hold the nodes of each other; here: ${ORDERS_OF_TARGET[target].join(', ')}.`]),
    ...(nullRun === null || engines.includes(nullRun) ? [] : [`--null-run ${nullRun} is not among the engines that are measured: ${engines.join(', ')}.`]),
  ];
}

/** What a preset measures here; where it measures nothing here, all of it, which is then a problem. */
function presetEngines(preset: Preset, offered: readonly EngineId[]): readonly EngineId[] {
  const here = preset.engines.filter((engine) => offered.includes(engine));
  return here.length === 0 ? preset.engines : here;
}

/** A single repetition is cold and shows no noise. */
function usualNullRun(engines: readonly EngineId[], runs: number): string {
  const usual = engines.includes(USUAL_NULL_RUN) ? USUAL_NULL_RUN : engines[0];
  return runs < SMALLEST_RUNS ? NO_NULL_RUN : (usual ?? NO_NULL_RUN);
}

function nullRunOf(text: string): EngineId | null {
  return text === NO_NULL_RUN ? null : oneOf('engine', text, ENGINE_IDS);
}

function presetProblems(name: string, raw: RawOptions): string[] {
  const problem = presetProblem(name);
  if (problem !== null) return [problem];
  const fixed = (['engines', 'queries', 'workers'] as const).filter((option) => raw[option] !== undefined);
  return fixed.map((option) => `--${option} cannot be given beside --preset ${name}, which fixes it.`);
}

/** Independent of the working directory, from which a resumed run may differ. */
function located(uri: string): string {
  return /^[a-z][a-z0-9]*:\/\//.test(uri) ? uri : resolve(uri);
}
