import { type BenchConfig, benchConfigSchema } from './schema.js';

/** Either the configuration with its defaults, or everything that is wrong with it. */
export type CheckedConfig = { readonly config: BenchConfig } | { readonly problems: readonly string[] };

/**
 * Checks a configuration as written: the shape of each field, then what fields mean for each other.
 *
 * @returns one sentence per problem: path, value, and what would be right; never just the first
 */
export function checkBenchConfig(input: unknown): CheckedConfig {
  const parsed = benchConfigSchema.safeParse(input);
  if (!parsed.success) return { problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  return { config: parsed.data };
}
