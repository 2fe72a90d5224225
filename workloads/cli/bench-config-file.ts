import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSIONS } from '../../images/versions.js';
import { isMissing } from '../dataset/node-errors.js';
import { checkBenchConfig, type CheckedConfig } from '../model/bench-config/check.js';
import { composeConfig, CONTEXT_KEY, DEFAULT_PROFILE, PERSONAL_FILE, PROFILE_VARIABLE, PROJECT_FILE } from '../model/bench-config/profiles.js';
import { type BenchConfig } from '../model/bench-config/schema.js';
import { configurationError, FlowbenchError, messageOf } from '../model/errors.js';

/** What the two files of a folder hold; undefined for one that is not there. */
export interface ConfigFiles {
  readonly context: unknown;
  readonly personal: unknown;
}

/**
 * The configuration of what is deployed, for commands: the same two files, laid over each other in the same way,
 * as the stacks read.
 *
 * @param folder where cdktf.json and flowbench.config.json lie; both may be absent
 * @throws FlowbenchError with every problem of the configuration
 */
export function readBenchConfig(folder: string, profile: string = chosenProfile()): BenchConfig {
  const checked = checkComposed(readConfigFiles(folder), profile);
  if ('problems' in checked) throw configurationError(checked.problems, `Correct ${PERSONAL_FILE}, or the profile ${profile} of ${PROJECT_FILE}.`);
  return checked.config;
}

export function chosenProfile(): string {
  return process.env[PROFILE_VARIABLE] ?? DEFAULT_PROFILE;
}

/** Whether somebody told this folder about an AWS account. */
export function hasPersonalConfig(folder: string): boolean {
  return existsSync(join(folder, PERSONAL_FILE));
}

export function readConfigFiles(folder: string, { ignorePersonal = false } = {}): ConfigFiles {
  const project = readJson(join(folder, PROJECT_FILE)) as { readonly context?: Readonly<Record<string, unknown>> } | null | undefined;
  return { context: project?.context?.[CONTEXT_KEY], personal: ignorePersonal ? undefined : readJson(join(folder, PERSONAL_FILE)) };
}

/** The profile with the personal file over it, checked. */
export function checkComposed(files: ConfigFiles, profile: string): CheckedConfig {
  const composed = composeConfig({ ...files, profile });
  return 'problems' in composed ? composed : checkBenchConfig(composed.input, { kubernetesVersions: Object.keys(KUBERNETES_VERSIONS) });
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new FlowbenchError('configuration', `${path} cannot be read: ${messageOf(error)}.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FlowbenchError('configuration', `${path} is no JSON: ${messageOf(error)}.`, { remedy: 'Correct it, or write it anew with "flowbench init --force".' });
  }
}
