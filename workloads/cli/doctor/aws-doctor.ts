import { readBenchConfig } from '../bench-config-file.js';
import { accessIn, loadCloud } from '../cloud.js';
import { awsFindings } from './aws-findings.js';
import { awsCommand, docker, terraform } from './deploy-tool-checks.js';
import { type Finding, type Machine } from './finding.js';

/** What this machine and the account lack to deploy what the folder configures. */
export async function examineForDeploy(machine: Machine, folder: string): Promise<Finding[]> {
  const config = readBenchConfig(folder);
  const { accountFacts } = await loadCloud();
  const [facts, ...tools] = await Promise.all([accountFacts(accessIn(config.region), config.project), ...[terraform, awsCommand, docker].map(async (check) => check(machine))]);
  return [...tools, ...awsFindings(config, facts)];
}
