import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSIONS } from '../../images/versions.js';
import { checkBenchConfig } from '../model/bench-config/check.js';
import { composeConfig, CONTEXT_KEY, DEFAULT_PROFILE, PERSONAL_FILE, PROFILE_VARIABLE, PROJECT_FILE } from '../model/bench-config/profiles.js';
import { type BenchConfig } from '../model/bench-config/schema.js';
import { configurationError, FlowbenchError, messageOf } from '../model/errors.js';

export const KNOWN_RELEASES = { kubernetesVersions: Object.keys(KUBERNETES_VERSIONS) };

/**
 * The configuration of what is deployed, for commands: the same two files, laid over each other in the same way,
 * as the stacks read.
 *
 * @param folder where cdktf.json and flowbench.config.json lie; both may be absent
 * @throws FlowbenchError with every problem of the configuration
 */
export function readBenchConfig(folder: string, profile: string = process.env[PROFILE_VARIABLE] ?? DEFAULT_PROFILE): BenchConfig {
  const project = readJson(join(folder, PROJECT_FILE)) as { readonly context?: Readonly<Record<string, unknown>> } | undefined;
  const composed = composeConfig({ context: project?.context?.[CONTEXT_KEY], profile, personal: readJson(join(folder, PERSONAL_FILE)) });
  const checked = 'problems' in composed ? composed : checkBenchConfig(composed.input, KNOWN_RELEASES);
  if ('problems' in checked) throw configurationError(checked.problems, `Correct ${PERSONAL_FILE}, or the profile ${profile} of ${PROJECT_FILE}.`);
  return checked.config;
}

/** Content of a JSON file; undefined when there is no such file. */
function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new FlowbenchError('configuration', `${path} cannot be read: ${messageOf(error)}.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FlowbenchError('configuration', `${path} is no JSON: ${messageOf(error)}.`, { remedy: 'Correct it, or write it anew with "flowbench init --force".' });
  }
}
