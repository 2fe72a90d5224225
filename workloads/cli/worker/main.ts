// First of all imports, see there.
import { stopRequest } from './signals.js';
import { readFileSync, writeSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { WorkerMetrics } from '../../model/worker-metrics.js';
import { scanOf } from '../../dataset/source.js';
import { LOG_LEVELS, type LogLevel, type WorkerEnvironment } from '../../worker/environment.js';
import { emptyMetrics, exitCodeOf, metricsLine, withError } from '../../worker/report.js';
import { KeptResources } from '../../worker/resources.js';
import { runText } from '../../worker/run-text.js';
import { s3Settings, useS3 } from '../../storage/settings.js';
import { serveUnits } from '../../worker/warm-worker.js';
import { setUpS3 } from '../s3.js';
import { parseWorkerOptions, WORKER_USAGE, type UnitSource, type WorkerOptions } from './options.js';
import { coordinatorAddress, nodeName } from './surroundings.js';
import { unitOfFlags } from './unit-of-flags.js';

const RETRY = { budgetMs: 60_000, firstDelayMs: 200, maxDelayMs: 10_000 };
/** A call to S3 tries for a moment by itself; what lasts longer is waited for by the unit, whose budget is the one above. */
const CALL_RETRY_MS = 3_000;

/**
 * The whole program: flags in, exactly one line of metrics on stdout (one a unit for workers that stay up), logs on
 * stderr. Ends the process itself, as a unit that was stopped may leave the engine busy in its threads.
 */
export async function workerMain(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<never> {
  const stop = stopRequest(() => { report(cancelledMetrics(nodeName(environment))); });
  try {
    const options = parseWorkerOptions(args, environment['RUST_LOG']);
    if (options.source.kind === 'help') {
      writeLine(WORKER_USAGE);
      process.exit(0);
    }
    setUpS3(environment);
    useS3({ ...s3Settings(), retry: { budgetMs: CALL_RETRY_MS, ...s3Settings().retry } });
    const env = workerEnvironment(options, environment, stop.signal);
    if (options.source.kind === 'serve') {
      await serveUnits(process.stdin, writeLine, env);
      process.exit(stop.exitCode ?? 0);
    }
    if (options.source.kind === 'coordinator') {
      // Loaded only here: a process that runs one unit and is gone has no use for it.
      const { takeUnits } = await import('../../worker/take-units.js');
      const coordinator = coordinatorAddress(options.source.url, options.podUid ?? '', environment);
      await takeUnits({ coordinator, onReport: (metrics) => { writeLine(metricsLine(metrics)); } }, env);
      process.exit(stop.exitCode ?? 0);
    }
    const metrics = await runText(await unitText(options.source), env);
    return finish(metrics, stop.exitCode ?? exitCodeOf(metrics));
  } catch (error) {
    const metrics = withError(emptyMetrics(null, nodeName(environment)), error);
    return finish(metrics, stop.exitCode ?? exitCodeOf(metrics));
  }
}

function workerEnvironment(options: WorkerOptions, environment: NodeJS.ProcessEnv, signal: AbortSignal): WorkerEnvironment {
  return {
    node: nodeName(environment),
    podUid: options.podUid,
    defaults: options.defaults,
    resources: new KeptResources(),
    retry: { ...RETRY, random: Math.random, sleep: async (durationMs, abort) => { await delay(durationMs, undefined, { signal: abort }); } },
    signal,
    log: logger(options.logLevel),
    scanOf,
  };
}

async function unitText(source: Exclude<UnitSource, { kind: 'serve' | 'help' | 'coordinator' }>): Promise<string> {
  switch (source.kind) {
    case 'file':
      try {
        return readFileSync(source.path, 'utf8');
      } catch (cause) {
        throw new FlowbenchError('work_unit_invalid', `Cannot read the work unit ${source.path} (${messageOf(cause)}).`, { remedy: 'Give a file with one work unit.', cause });
      }
    case 'stdin':
      return readAll(process.stdin);
    case 'flags':
      return unitOfFlags(source);
  }
}

function finish(metrics: WorkerMetrics, exitCode: number): never {
  report(metrics);
  process.exit(exitCode);
}

function report(metrics: WorkerMetrics): void {
  if (metrics.error !== null) logger('error')('error', metrics.error.message);
  writeLine(metricsLine(metrics));
}

function cancelledMetrics(node: string): WorkerMetrics {
  return withError(emptyMetrics(null, node), new FlowbenchError('cancelled', 'The worker was stopped by a signal.'));
}

function logger(threshold: LogLevel): (level: LogLevel, message: string) => void {
  return (level, message) => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(threshold)) return;
    writeSync(2, `flow-worker: ${level}: ${message}\n`);
  };
}

/** Straight to the descriptor: a stream's buffer would be lost when the process ends itself. */
function writeLine(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // A reader that is slow to empty a non-blocking pipe; anything else means nobody reads any more.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
    }
  }
}
