import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireStoredRun } from '../../workloads/results/open-run.js';
import type { StoredRun } from '../../workloads/results/stored-run.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import { flowbenchProgram } from '../dataset.js';

export interface EnginesRun {
  readonly dataset: DatasetHandle;
  readonly engines: readonly string[];
  readonly variants: string;
  readonly workers: number;
  readonly runs: number;
  /** Gets the run's own folder. */
  readonly outDir: string;
}

/** Measures all 22 queries as a person would, by the command; its progress and table go to this terminal. */
export async function measureEngines({ dataset, engines, variants, workers, runs, outDir }: EnginesRun): Promise<StoredRun> {
  const args = [
    'run', '--dataset', dataset.uri, '--engines', engines.join(','), '--queries', 'all', '--workers', String(workers), '--variants', variants,
    '--runs', String(runs), '--out', outDir,
  ];
  const { status } = spawnSync(process.execPath, [flowbenchProgram(), ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  // Cells that are not ok are part of what is to be told: exit code 1.
  if (status !== 0 && status !== 1) throw new FlowbenchError('internal', `"flowbench ${args.join(' ')}" ended with exit code ${status}.`);
  const [id] = readdirSync(outDir);
  return requireStoredRun(join(outDir, id ?? ''));
}
