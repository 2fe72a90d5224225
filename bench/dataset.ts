import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../workloads/cli/cache-folder.js';
import { packageRoot } from '../workloads/cli/version.js';
import { checkUnchanged, loadDataset } from '../workloads/dataset/load.js';
import { manifestPath } from '../workloads/dataset/paths.js';
import { FlowbenchError } from '../workloads/model/errors.js';
import { type DatasetHandle } from '../workloads/model/manifest.js';

const SCALE_FACTOR = 1;

/** The SF1 dataset to measure over: the one given, else the one in the cache, made when it is not there. */
export async function openDataset(given: string | undefined, log: (line: string) => void): Promise<DatasetHandle> {
  const folder = given ?? join(cacheFolder(), 'datasets', `tpch-sf${SCALE_FACTOR}`);
  if (given === undefined && !existsSync(manifestPath(folder))) {
    log(`Making TPC-H at scale factor ${SCALE_FACTOR} in ${folder} (once)`);
    execFileSync(process.execPath, [flowbenchProgram(), 'datagen', '--sf', String(SCALE_FACTOR), '--out', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const dataset = await loadDataset(folder);
  await checkUnchanged(dataset);
  if (dataset.manifest.scale_factor !== SCALE_FACTOR) {
    throw new FlowbenchError('configuration', `${folder} has scale factor ${dataset.manifest.scale_factor}; the limits are for ${SCALE_FACTOR}.`, {
      remedy: 'Give a dataset of scale factor 1 with --dataset, or none to have it made.',
    });
  }
  return dataset;
}

/** The same rows with money and quantities as DOUBLE, for engines without decimals: the one given, else one derived in the cache. */
export async function openDoubleDataset(given: string | undefined, decimal: DatasetHandle, log: (line: string) => void): Promise<DatasetHandle> {
  const folder = given ?? join(cacheFolder(), 'datasets', `tpch-sf${SCALE_FACTOR}-double`);
  if (given === undefined && !existsSync(manifestPath(folder))) {
    log(`Deriving the same with numbers as DOUBLE in ${folder} (once)`);
    const args = ['datagen', '--sf', String(SCALE_FACTOR), '--numeric', 'double', '--from', decimal.uri, '--out', folder];
    execFileSync(process.execPath, [flowbenchProgram(), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const dataset = await loadDataset(folder);
  await checkUnchanged(dataset);
  return dataset;
}

export function flowbenchProgram(): string {
  return join(packageRoot(), 'bin', 'flowbench.js');
}
