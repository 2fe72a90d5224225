import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { WorkerEnvironment } from './environment.js';
import { metricsLine } from './report.js';
import { runText } from './run-text.js';

/**
 * Serves one work unit a line until the input ends or the environment's signal aborts: for each, one line
 * of metrics, in order. A unit that fails is reported and the next one is served.
 */
export async function serveUnits(input: Readable, writeLine: (line: string) => void, env: WorkerEnvironment): Promise<void> {
  const lines = createInterface({ input, crlfDelay: Infinity, signal: env.signal });
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      writeLine(metricsLine(await runText(line, env)));
      if (env.signal.aborted) break;
    }
  } finally {
    env.resources.close();
  }
}
