import { resolve } from 'node:path';
import { messageOf } from '../model/errors.js';
import type { ExecutorKind } from '../engines/contract.js';
import { ENGINE_IDS, type EngineId } from '../model/result-row.js';
import { parseQueryId, QUERY_IDS } from '../model/queries.js';
import { ASSIGNMENT_KINDS, EXECUTOR_KINDS, type CampaignOptions } from './options.js';
import { PRESETS, presetProblem } from './presets.js';

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
  /** The fewest repetitions that are let through; default: those that leave a warm one to show. */
  readonly smallestRuns?: number;
}

/** What holds where nothing was given; the threads of the single-process engine are the machine's cores. */
export const DEFAULTS = {
  out: 'runs', engines: 'flow,duckdb', queries: 'all', workers: '1,2,4', runs: '5', timeout: '300s', executor: 'warm',
  assignment: 'balanced', variants: 'off', threadsPerWorker: '1', memoryPerWorker: '1GB', seed: '1',
} as const;

/** What holds instead on another target. */
const TARGET_DEFAULTS: Readonly<Record<Target, Partial<Record<keyof typeof DEFAULTS, string>>>> = {
  local: {},
  kubernetes: { engines: 'flow', executor: 'job,warm-job' },
};

const EXECUTORS: Readonly<Record<Target, readonly ExecutorKind[]>> = { local: ['warm', 'process'], kubernetes: ['job', 'warm-job'] };
const ENGINES: Readonly<Record<Target, readonly EngineId[]>> = { local: ENGINE_IDS, kubernetes: ['flow'] };

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
  const read = new Reader(raw, problems, { ...DEFAULTS, ...TARGET_DEFAULTS[target] });
  const preset = raw.preset === undefined ? undefined : PRESETS[raw.preset];
  if (raw.preset !== undefined) problems.push(...presetProblems(raw.preset, raw));
  if (raw.dataset === undefined) problems.push('No dataset is given: name its folder with --dataset.');
  const options: CampaignOptions = {
    datasetUri: raw.dataset === undefined ? '' : located(raw.dataset),
    outDir: raw.out ?? DEFAULTS.out,
    preset: raw.preset ?? null,
    engines: preset?.engines.filter((engine) => ENGINES[target].includes(engine)) ?? read.list('engines', (name) => oneOf('engine', name, ENGINE_IDS)),
    queries: preset?.queries ?? read.list('queries', parseQueryId, { all: QUERY_IDS }),
    workers: preset?.workers ?? read.list('workers', (text) => wholeNumber(text, 1, MAX_WORKERS)),
    runs: read.one('runs', (text) => wholeNumber(text, settings.smallestRuns ?? SMALLEST_RUNS, 1000)),
    timeoutMs: read.one('timeout', parseDurationMs),
    executors: read.list('executor', (name) => oneOf('executor', name, EXECUTOR_KINDS)),
    assignments: read.list('assignment', (name) => oneOf('assignment', name, ASSIGNMENT_KINDS)),
    variants: read.list('variants', (name) => name),
    threadsPerWorker: read.one('threadsPerWorker', (text) => wholeNumber(text, 1, 1024)),
    memoryPerWorkerBytes: read.one('memoryPerWorker', parseBytes),
    duckdbThreads: raw.duckdbThreads === undefined ? hostCores : read.one('duckdbThreads', (text) => wholeNumber(text, 1, 1024), String(hostCores)),
    price: raw.price ?? null,
    seed: read.one('seed', (text) => wholeNumber(text, 0, Number.MAX_SAFE_INTEGER)),
  };
  return { options, problems: [...problems, ...targetProblems(options, target)] };
}

/** What is asked of a target that it cannot do. */
export function targetProblems({ engines, executors }: CampaignOptions, target: Target): string[] {
  const strangers = executors.filter((executor) => !EXECUTORS[target].includes(executor));
  const absent = engines.filter((engine) => !ENGINES[target].includes(engine));
  const here = target === 'local' ? 'this machine' : 'a cluster';
  return [
    ...strangers.map((executor) => `--executor ${executor} is not for ${here}${target === 'local' ? ', it needs --target kubernetes' : ''}; here: ${EXECUTORS[target].join(', ')}.`),
    ...absent.map((engine) => `--engines ${engine} does not run on ${here} in this version; here: ${ENGINES[target].join(', ')}.`),
  ];
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

type Defaulted = keyof typeof DEFAULTS;

/** Reads options by name; what cannot be read becomes a problem and its default. */
class Reader {
  constructor(
    private readonly raw: RawOptions,
    private readonly problems: string[],
    private readonly defaults: Readonly<Record<Defaulted, string>>,
  ) {}

  one<T>(option: Defaulted | 'duckdbThreads', parse: (text: string) => T, fallback?: string): T {
    const standard = fallback ?? (option === 'duckdbThreads' ? '1' : this.defaults[option]);
    try {
      return parse(this.raw[option] ?? standard);
    } catch (error) {
      this.problems.push(`${flagOf(option)}: ${messageOf(error)}`);
      return parse(standard);
    }
  }

  list<T>(option: Defaulted, parse: (text: string) => T, words: { readonly all?: readonly T[] } = {}): T[] {
    const text = this.raw[option] ?? this.defaults[option];
    const items = text.split(',').map((item) => item.trim());
    const values = items.flatMap((item) => (item === 'all' && words.all !== undefined ? words.all : this.item(option, item, parse)));
    return [...new Set(values)];
  }

  private item<T>(option: Defaulted, text: string, parse: (text: string) => T): T[] {
    try {
      if (text === '') throw new Error('an empty item.');
      return [parse(text)];
    } catch (error) {
      this.problems.push(`${flagOf(option)}: ${messageOf(error)}`);
      return [];
    }
  }
}

/** `memoryPerWorker` → `--memory-per-worker`. */
export function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new Error(`Unknown ${what} "${text}"; known: ${known.join(', ')}.`);
  return found;
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${text}" is not a whole number from ${least} to ${most}.`);
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** The longest a timer of Node can wait, about 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** `500ms`, `300s`, `5m`, `1h`. */
function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const value = Number(match?.[1]) * (DURATION_UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (value >= 1 && value <= MAX_TIMEOUT_MS) return value;
  throw new Error(`"${text}" is not a duration such as 500ms, 300s, 5m or 1h.`);
}

const BYTE_UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `512MB`, `1GB`, `2GiB`. */
function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(MB|GB|MiB|GiB)$/.exec(text);
  const value = Math.round(Number(match?.[1]) * (BYTE_UNITS[match?.[2] ?? ''] ?? Number.NaN));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`"${text}" is not an amount of memory such as 512MB, 1GB or 2GiB.`);
}
