import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { LOG_LEVELS, type ExecutionDefaults, type LogLevel } from '../../worker/environment.js';

export const WORKER_USAGE = `Usage: flow-worker (--work-unit-file F | --work-unit-stdin | --serve |
                    --take-from URL | --query Q14 --tpch-dir DIR --row-group-range 0:21 --output URI) [options]

Carries out one work unit: reads its row groups, writes its partial, prints one JSON line of metrics.

  --work-unit-file F       the work unit, v1 or v2, is in this file
  --work-unit-stdin        ... or comes on standard input
  --serve                  one work unit a line on standard input, one line of metrics each, until it ends
  --take-from URL          ... or take work units from the coordinator there, until it wants no more; the run and the
                           pod are in FLOWBENCH_RUN_ID, _WARM_TOKEN, _POD_NAME and JOB_COMPLETION_INDEX
  --query Q                make a work unit v1 from flags: the query,
  --tpch-dir DIR           the folder with the tables,
  --row-group-range A:B    row groups [A, B) of the query's driver table (alias --partitions),
  --output URI             where the partial goes: .arrow or .parquet

  --pod-uid UID            stands for {pod_uid} in the output's location

For what the work unit leaves open:
  --threads N              default: all cores
  --memory-limit SIZE      for instance 800MB or 2GB; default: 80 % of the machine's memory
  --spill-dir DIR          default: a folder under the system's temporary one

  --log-level LEVEL        ${LOG_LEVELS.join(', ')} on standard error (default warn, or RUST_LOG)

Exit codes: 0 ok, 2 wrong input, 3 the query failed, 4 storage, 130 or 143 stopped by a signal.
`;

/** Where the work units come from. */
export type UnitSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'serve' }
  | { readonly kind: 'coordinator'; readonly url: string }
  | { readonly kind: 'flags'; readonly query: string; readonly tpchDir: string; readonly range: readonly [number, number]; readonly output: string }
  | { readonly kind: 'help' };

export interface WorkerOptions {
  readonly source: UnitSource;
  readonly podUid: string | null;
  readonly defaults: ExecutionDefaults;
  readonly logLevel: LogLevel;
}

const FLAGS = {
  'work-unit-file': { type: 'string' },
  'work-unit-stdin': { type: 'boolean' },
  serve: { type: 'boolean' },
  'take-from': { type: 'string' },
  'pod-uid': { type: 'string' },
  query: { type: 'string' },
  'tpch-dir': { type: 'string' },
  'row-group-range': { type: 'string' },
  partitions: { type: 'string' },
  output: { type: 'string' },
  threads: { type: 'string' },
  'memory-limit': { type: 'string' },
  'spill-dir': { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flags = ReturnType<typeof parseFlags>;

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw badFlag(`${(messageOf(cause).split('. ')[0] ?? '').replace(/\.$/, '')}.`, cause);
  }
}

/** Reads the command line; `rustLog` is the environment's RUST_LOG. Throws `work_unit_invalid`, exit code 2. */
export function parseWorkerOptions(args: readonly string[], rustLog: string | undefined): WorkerOptions {
  const flags = parseFlags(args);
  return {
    podUid: flags['pod-uid'] === undefined ? null : podUid(flags['pod-uid']),
    source: flags.help === true ? { kind: 'help' } : sourceOf(flags),
    defaults: {
      threads: flags.threads === undefined ? availableParallelism() : positiveInteger('--threads', flags.threads),
      memoryLimitBytes: flags['memory-limit'] === undefined ? Math.floor(totalmem() * 0.8) : sizeBytes('--memory-limit', flags['memory-limit']),
      spillDir: flags['spill-dir'] ?? join(tmpdir(), `flow-worker-${process.pid}`),
    },
    logLevel: logLevel(flags['log-level'], rustLog),
  };
}

function sourceOf(flags: Flags): UnitSource {
  const given = [
    flags['work-unit-file'] !== undefined && '--work-unit-file',
    flags['work-unit-stdin'] === true && '--work-unit-stdin',
    flags.serve === true && '--serve',
    flags['take-from'] !== undefined && '--take-from',
    flags.query !== undefined && '--query',
  ].filter((name) => name !== false);
  if (given.length !== 1) {
    throw badFlag(given.length === 0 ? 'No work unit was given.' : `${given.join(' and ')} were given together.`);
  }
  if (flags['work-unit-file'] !== undefined) return { kind: 'file', path: flags['work-unit-file'] };
  if (flags['work-unit-stdin'] === true) return { kind: 'stdin' };
  if (flags.serve === true) return { kind: 'serve' };
  if (flags['take-from'] !== undefined) return coordinatorSource(flags['take-from'], flags['pod-uid']);
  return flagSource(flags);
}

function flagSource(flags: Flags): UnitSource {
  const range = flags['row-group-range'] ?? flags.partitions;
  const { query, output } = flags;
  const tpchDir = flags['tpch-dir'];
  if (query === undefined || tpchDir === undefined || range === undefined || output === undefined) {
    throw badFlag('--query needs --tpch-dir, --row-group-range and --output beside it.');
  }
  const parts = /^(\d+):(\d+)$/.exec(range);
  if (parts === null) throw badFlag(`--row-group-range "${range}" is not A:B with two row-group numbers.`);
  return { kind: 'flags', query, tpchDir, range: [Number(parts[1]), Number(parts[2])], output };
}

function coordinatorSource(url: string, uid: string | undefined): UnitSource {
  if (!/^https?:\/\/[^/]/.test(url)) throw badFlag(`--take-from "${url}" is no http:// address.`);
  if (uid === undefined) throw badFlag('--take-from needs --pod-uid beside it.');
  return { kind: 'coordinator', url };
}

/** It becomes part of a file's name. */
function podUid(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(text)) return text;
  throw badFlag(`--pod-uid "${text}" is not made of letters, digits, dots and hyphens.`);
}

function positiveInteger(flag: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw badFlag(`${flag} "${text}" is not a whole number above 0.`);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40,
};

function sizeBytes(flag: string, text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const value = Math.floor(Number(parts?.[1]) * (UNITS[(parts?.[2] ?? '').toUpperCase()] ?? Number.NaN));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw badFlag(`${flag} "${text}" is not a size like 800MB or 2GB.`);
}

/** `debug` of RUST_LOG=debug, and of RUST_LOG=flow=trace,debug; a level of ours must be spelled right. */
function logLevel(flag: string | undefined, rustLog: string | undefined): LogLevel {
  if (flag !== undefined) {
    const level = LOG_LEVELS.find((known) => known === flag.toLowerCase());
    if (level === undefined) throw badFlag(`--log-level "${flag}" is none of ${LOG_LEVELS.join(', ')}.`);
    return level;
  }
  const bare = (rustLog ?? '').split(',').map((directive) => directive.trim().toLowerCase()).filter((directive) => !directive.includes('='));
  if (bare.includes('trace')) return 'debug';
  return LOG_LEVELS.find((known) => bare.includes(known)) ?? 'warn';
}

function badFlag(what: string, cause?: unknown): FlowbenchError {
  return new FlowbenchError('work_unit_invalid', what, { remedy: 'Run "flow-worker --help" to see the flags.', cause });
}
