import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { medianOf } from '../workloads/results/statistics.js';
import { type Measurement } from './measurement.js';

const RUNS = 9;
const STACKS = join(__dirname, '..', 'stacks', 'main.js');
const EMPTY = join(__dirname, 'empty-app.js');

/**
 * Synthesis of all eight stacks beside that of an empty app, a new process each and one in turn with the other,
 * so that whatever else the machine does hits both.
 */
export function measureSynth(scratchDir: string, log: (line: string) => void): Measurement {
  const folder = join(scratchDir, 'synth');
  mkdirSync(folder, { recursive: true });
  const durations: Record<'stacks' | 'empty', number[]> = { stacks: [], empty: [] };
  // Run 0 brings the files into the system's cache and is left out.
  for (let run = 0; run <= RUNS; run += 1) {
    const pair = { empty: runApp(EMPTY, folder), stacks: runApp(STACKS, folder) };
    if (run === 0) continue;
    durations.empty.push(pair.empty);
    durations.stacks.push(pair.stacks);
  }
  const stacksMs = medianOf(durations.stacks) ?? Number.NaN;
  const emptyMs = medianOf(durations.empty) ?? Number.NaN;
  log(`Synthesis: eight stacks ${stacksMs.toFixed(0)} ms, an empty app ${emptyMs.toFixed(0)} ms (medians of ${RUNS}, in turn)`);
  return {
    key: 'synth_over_empty_app', what: 'synthesis of the eight stacks ÷ of an empty app', unit: 'x',
    value: stacksMs / emptyMs, limit: { kind: 'at_most', value: 1.5 },
  };
}

/** @returns milliseconds from starting the process to its end */
function runApp(program: string, cwd: string): number {
  const begin = performance.now();
  execFileSync(process.execPath, [program], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - begin;
}
