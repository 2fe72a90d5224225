import { posix } from 'node:path';
import ts from 'typescript';
import {
  ALLOWED_HOSTS, BARE_REGISTRY_HOST, BUCKET_URL, CLUSTER_HOST, INFRASTRUCTURE_PACKAGES, LOADED_AT_START, MACHINE_PATH, MAX_LINES_OF_CODE,
  MAY_READ_ENVIRONMENT, PARTS, PROVIDER_ROOT, THIRD_PARTY_TEXT, URL_HOST, type Part,
} from './rules.js';
import { readFacts, type ImportedName, type SourceFacts } from './source-file.js';

export const RULE_NAMES = [
  'layering', 'package-not-allowed', 'no-infrastructure-in-programs', 'provider-root', 'cycle', 'environment', 'file-too-long', 'export-star',
  'path-mapping', 'machine-path', 'foreign-host', 'slow-start', 'outside-every-part',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

export interface Violation {
  readonly rule: RuleName;
  readonly where: string;
  readonly what: string;
}

/** Path from the project's root, with forward slashes → text. */
export type SourceTree = ReadonlyMap<string, string>;

/** Every violation in the tree; an empty list means the tree keeps all rules. */
export function check(tree: SourceTree): Violation[] {
  const facts = new Map<string, SourceFacts>();
  for (const [path, text] of tree) if (path.endsWith('.ts')) facts.set(path, readFacts(path, text));
  return [
    ...[...facts].flatMap(([path, file]) => [...checkImports(path, file), ...checkHabits(path, file)]),
    ...findCycles(facts),
    ...[...tree].flatMap(([path, text]) => [...checkCompilerOptions(path, text), ...checkText(path, text)]),
  ];
}

function partOf(path: string): Part | undefined {
  return PARTS.find((part) => path.startsWith(`${part.folder}/`));
}

/** The project's file that a relative specifier names (`./x.js` is `x.ts` in the sources). */
function resolveOwn(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

function checkImports(path: string, facts: SourceFacts): Violation[] {
  const part = partOf(path);
  if (part === undefined) return [{ rule: 'outside-every-part', where: path, what: 'lies in no folder that the rules know' }];
  return facts.imports.flatMap((imported) => checkImport(path, part, imported));
}

function checkImport(path: string, part: Part, imported: ImportedName): Violation[] {
  const { specifier } = imported;
  const where = `${path}:${imported.line}`;
  const found: Violation[] = [];
  const report = (rule: RuleName, what: string): void => void found.push({ rule, where, what });
  const target = resolveOwn(path, specifier);

  if (LOADED_AT_START.files.test(path) && !imported.typeOnly && !imported.lazy) {
    const allowed = target === undefined ? LOADED_AT_START.packages.test(specifier) : LOADED_AT_START.own.test(target);
    if (!allowed) report('slow-start', `loads "${specifier}" on every start; import it inside the action`);
  }
  if (target !== undefined) {
    const targetPart = partOf(target);
    const allowed = targetPart === part || (targetPart !== undefined && part.mayImport.includes(targetPart.folder));
    if (!allowed && !target.endsWith('.json')) report('layering', `${part.folder} may not import ${targetPart?.folder ?? target}`);
    return found;
  }
  if (PROVIDER_ROOT.test(specifier)) report('provider-root', `imports the whole of ${specifier}; import ${specifier}/lib/<resource>`);
  if (INFRASTRUCTURE_PACKAGES.test(specifier) && path.startsWith('workloads/')) report('no-infrastructure-in-programs', `a program imports ${specifier}`);
  if (part.packages !== undefined && !part.packages.includes(specifier)) report('package-not-allowed', `${part.folder} may not import ${specifier}`);
  return found;
}

function checkHabits(path: string, facts: SourceFacts): Violation[] {
  const found: Violation[] = facts.exportStarLines.map((line) => ({ rule: 'export-star', where: `${path}:${line}`, what: 'exports everything; export by name' }));
  if (!MAY_READ_ENVIRONMENT.some((place) => path.startsWith(place))) {
    for (const line of facts.environmentLines) found.push({ rule: 'environment', where: `${path}:${line}`, what: 'reads the environment; take the value as a parameter' });
  }
  if (facts.linesOfCode > MAX_LINES_OF_CODE) {
    found.push({ rule: 'file-too-long', where: path, what: `has ${facts.linesOfCode} lines of code, more than ${MAX_LINES_OF_CODE}` });
  }
  return found;
}

/** Files that reach themselves through their imports, each cycle told once. */
function findCycles(facts: ReadonlyMap<string, SourceFacts>): Violation[] {
  const state = new Map<string, 'open' | 'done'>();
  const found: Violation[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path];
      found.push({ rule: 'cycle', where: path, what: cycle.join(' → ') });
      return;
    }
    state.set(path, 'open');
    for (const imported of facts.get(path)?.imports ?? []) {
      const target = resolveOwn(path, imported.specifier);
      if (target !== undefined && facts.has(target)) walk(target, [...trail, path]);
    }
    state.set(path, 'done');
  };
  for (const path of facts.keys()) walk(path, []);
  return found;
}

/** `baseUrl` or root `paths` would let a folder of ours shadow a package of the same name. */
function checkCompilerOptions(path: string, text: string): Violation[] {
  if (!/(^|\/)tsconfig[^/]*\.json$/.test(path)) return [];
  const parsed = ts.parseConfigFileTextToJson(path, text).config as { compilerOptions?: Record<string, unknown> } | undefined;
  const options = Object.keys(parsed?.compilerOptions ?? {});
  return options
    .filter((option) => option === 'baseUrl' || option === 'paths')
    .map((option) => ({ rule: 'path-mapping', where: path, what: `sets ${option}` }));
}

function checkText(path: string, text: string): Violation[] {
  if (THIRD_PARTY_TEXT.test(path)) return [];
  const found: Violation[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${path}:${index + 1}`;
    const machinePath = MACHINE_PATH.exec(line)?.[0];
    if (machinePath !== undefined) found.push({ rule: 'machine-path', where, what: `names a folder of one machine (${machinePath}…)` });
    for (const host of hostsIn(line)) found.push({ rule: 'foreign-host', where, what: `names the host ${host}` });
  }
  return found;
}

function hostsIn(line: string): string[] {
  const named = [...line.matchAll(URL_HOST)].filter((match) => !BUCKET_URL.test(match[0])).map((match) => (match[1] ?? '').toLowerCase());
  const bare = BARE_REGISTRY_HOST.exec(line)?.[0].toLowerCase();
  const hosts = bare === undefined || named.includes(bare) ? named : [...named, bare];
  return hosts.filter((host) => host.includes('.') && !CLUSTER_HOST.test(host) && !ALLOWED_HOSTS.includes(host));
}
