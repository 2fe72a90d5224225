import { type Construct } from 'constructs';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSIONS } from '../../images/versions.js';
import { checkBenchConfig, type CheckedConfig } from '../../workloads/model/bench-config/check.js';
import { composeConfig, CONTEXT_KEY, DEFAULT_PROFILE, PERSONAL_FILE, PROFILE_VARIABLE } from '../../workloads/model/bench-config/profiles.js';
import { messageOf } from '../../workloads/model/errors.js';

/**
 * The one place where the stacks meet context, environment and files: the profile that FLOWBENCH_PROFILE names,
 * from the context of cdktf.json, with flowbench.config.json of the current folder over it.
 *
 * @param app whose context holds the profiles
 */
export function loadConfig(app: Construct): CheckedConfig {
  const personal = readPersonal(join(process.cwd(), PERSONAL_FILE));
  if ('problems' in personal) return personal;
  const composed = composeConfig({
    context: app.node.tryGetContext(CONTEXT_KEY),
    profile: process.env[PROFILE_VARIABLE] ?? DEFAULT_PROFILE,
    personal: personal.content,
  });
  if ('problems' in composed) return composed;
  return checkBenchConfig(composed.input, { kubernetesVersions: Object.keys(KUBERNETES_VERSIONS) });
}

function readPersonal(path: string): { readonly content: unknown } | { readonly problems: readonly string[] } {
  if (!existsSync(path)) return { content: undefined };
  try {
    return { content: JSON.parse(readFileSync(path, 'utf8')) as unknown };
  } catch (error) {
    return { problems: [`${PERSONAL_FILE}: cannot be read as JSON: ${messageOf(error)}; correct it, or write it anew with "flowbench init --force".`] };
  }
}
