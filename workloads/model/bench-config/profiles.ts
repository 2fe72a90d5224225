import { mergeConfig } from './merge.js';
import { nearest } from './nearest.js';

/** Where the profiles stand: cdktf.json of the project, which everybody shares. */
export const PROJECT_FILE = 'cdktf.json';
/** What only concerns one person or account: laid over the profile, kept out of version control. */
export const PERSONAL_FILE = 'flowbench.config.json';
/** Key of the context that holds `profiles`. */
export const CONTEXT_KEY = 'flowbench';
export const PROFILE_VARIABLE = 'FLOWBENCH_PROFILE';
export const DEFAULT_PROFILE = 'default';

export interface ConfigSources {
  /** Value of the context key; undefined where the project has none. */
  readonly context: unknown;
  readonly profile: string;
  /** Content of the personal file; undefined where there is none. */
  readonly personal: unknown;
}

/** The configuration as written, to be checked; or why there is none. */
export type ComposedConfig = { readonly input: unknown } | { readonly problems: readonly string[] };

/** The chosen profile with the personal file over it. A project without profiles has an empty default one. */
export function composeConfig({ context, profile, personal }: ConfigSources): ComposedConfig {
  const profiles = profilesOf(context);
  const chosen = profiles[profile];
  if (chosen === undefined && profile !== DEFAULT_PROFILE) {
    const names = Object.keys(profiles);
    const meant = nearest(profile, names);
    return { problems: [`${PROFILE_VARIABLE}: ${JSON.stringify(profile)} is no profile of ${PROJECT_FILE}; known are ${names.join(', ') || 'none'}${meant === undefined ? '.' : `, did you mean ${meant}?`}`] };
  }
  return { input: personal === undefined ? (chosen ?? {}) : mergeConfig(chosen ?? {}, personal) };
}

function profilesOf(context: unknown): Readonly<Record<string, unknown>> {
  const profiles = typeof context === 'object' && context !== null ? (context as { readonly profiles?: unknown }).profiles : undefined;
  return typeof profiles === 'object' && profiles !== null ? (profiles as Readonly<Record<string, unknown>>) : {};
}
