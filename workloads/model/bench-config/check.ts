import { rulesOf, type KnownReleases } from './rules.js';
import { type BenchConfig, benchConfigSchema } from './schema.js';
import { sentencesOf, valueAt } from './shape-problems.js';

/** Either the configuration with its defaults, or everything that is wrong with it. */
export type CheckedConfig = { readonly config: BenchConfig } | { readonly problems: readonly string[] };

type Path = readonly PropertyKey[];

/**
 * Checks a configuration as written: the shape of each field, then what fields mean for each other. A malformed
 * field hides no other problem: the rules that do not read it are checked all the same. Pure, so that it says the
 * same tomorrow: what time makes invalid is told at deploy.
 *
 * @param known what the version table offers
 * @returns one sentence per problem: path, value, and what would be right; never just the first
 */
export function checkBenchConfig(input: unknown, known: KnownReleases): CheckedConfig {
  const parsed = benchConfigSchema.safeParse(input);
  const issues = parsed.error?.issues ?? [];
  const { config, malformed } = parsed.success ? { config: parsed.data, malformed: [] } : withoutMalformed(input);
  const isReadable = (path: string): boolean => !malformed.some((bad) => isWithin(path.split('.'), bad) || isWithin(bad, path.split('.')));
  const ruleProblems = rulesOf(known).filter((rule) => rule.reads.every(isReadable)).flatMap((rule) => rule.problems(config, input));
  const problems = [...issues.flatMap((issue) => sentencesOf(issue, input)), ...ruleProblems];
  return problems.length === 0 ? { config } : { problems };
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((key, index) => String(path[index]) === String(key));
}

/** The configuration with every malformed field left to its default, and which fields those are. */
function withoutMalformed(input: unknown): { config: BenchConfig; malformed: readonly Path[] } {
  let rest: unknown = structuredClone(input);
  const malformed: Path[] = [];
  for (;;) {
    const parsed = benchConfigSchema.safeParse(rest);
    const issue = parsed.error?.issues[0];
    if (parsed.success || issue === undefined) return { config: parsed.data ?? benchConfigSchema.parse({}), malformed };
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) rest = without(rest, [...issue.path, key]);
    } else {
      const path = removable(rest, issue.path);
      malformed.push(path);
      rest = without(rest, path);
    }
  }
}

/** What to take away for an issue: the value, the list it stands in, or, when it is absent, what lacks it. */
function removable(input: unknown, path: Path): Path {
  const listed = path.findIndex((key) => typeof key === 'number');
  const field = listed < 0 ? path : path.slice(0, listed);
  return field.length > 0 && valueAt(input, field) === undefined ? removable(input, field.slice(0, -1)) : field;
}

function without(input: unknown, path: Path): unknown {
  const last = path.at(-1);
  if (last === undefined) return {};
  const holder = valueAt(input, path.slice(0, -1));
  if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, last);
  return input;
}
