import { execFileSync } from 'node:child_process';
import { medianOf } from '../workloads/results/statistics.js';
import { flowbenchProgram } from './dataset.js';
import { type Measurement } from './measurement.js';

const RUNS = 9;

/** What a person waits for `flowbench --help`: a new process each time, from spawn to exit. */
export function measureCliStart(): Measurement {
  const durationsMs = Array.from({ length: RUNS }, () => {
    const begin = performance.now();
    execFileSync(process.execPath, [flowbenchProgram(), '--help'], { stdio: 'ignore' });
    return performance.now() - begin;
  });
  return { key: 'cli_start_ms', what: 'flowbench --help', value: medianOf(durationsMs) ?? Number.NaN, unit: 'ms', limit: { kind: 'at_most', value: 300 } };
}
