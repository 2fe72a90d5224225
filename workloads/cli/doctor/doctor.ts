import { cacheFolder } from '../cache-folder.js';
import { EXIT } from '../exit-codes.js';
import { httpfsFile } from '../s3.js';
import { packageRoot } from '../version.js';
import { cache, datagenEnvironment, duckdb, httpfs, sampleDataset } from './data-checks.js';
import { engine, ownNetwork } from './engine-checks.js';
import { type Check, type Finding, type Machine } from './finding.js';
import { byteCounts, cores, disk, memory, nodeVersion } from './machine-checks.js';
import { DEPLOY, hasAllRequired, renderFindings } from './table.js';
import { thisMachine } from './this-machine.js';
import { browser, git, python } from './tool-checks.js';

/** In the order of the table: the machine, what the main job needs, what only some commands need. */
const CHECKS: readonly Check[] = [
  nodeVersion, cores, memory, disk, byteCounts, duckdb, sampleDataset(), cache, python, datagenEnvironment, httpfs(httpfsFile()),
  engine('spark'), engine('trino'), engine('daft'), ownNetwork, engine('ematix'), git, browser,
];

export async function examine(machine: Machine, checks: readonly Check[] = CHECKS): Promise<Finding[]> {
  return Promise.all(checks.map(async (check) => check(machine)));
}

/**
 * Prints the findings of this machine and answers the exit code: 1 when the main job cannot run.
 *
 * @param aws whether to examine the AWS account too, which then decides the exit code as well
 */
export async function runDoctor(aws: boolean): Promise<number> {
  const machine = thisMachine({ cacheFolder: cacheFolder(), packageFolder: packageRoot() });
  const findings = await examine(machine);
  process.stdout.write(renderFindings(findings));
  if (!aws) return hasAllRequired(findings) ? EXIT.ok : EXIT.notOk;
  const { examineForDeploy } = await import('./aws-doctor.js');
  const deploy = await examineForDeploy(machine, process.cwd());
  process.stdout.write(`\n${renderFindings(deploy, DEPLOY)}`);
  return hasAllRequired([...findings, ...deploy]) ? EXIT.ok : EXIT.notOk;
}
