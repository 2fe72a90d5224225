import { FlowbenchError } from './errors.js';

interface At {
  readonly line: number;
}
interface Pairs extends At {
  readonly values: Readonly<Record<string, string>>;
}
interface Plain extends At {
  readonly value: string;
}
interface Program extends At {
  readonly words: readonly string[];
}

/** One instruction with its words, variables in it not yet replaced. */
export type Instruction =
  | ({ readonly kind: 'ARG'; readonly name: string; readonly value: string | undefined } & At)
  | ({ readonly kind: 'ENV' } & Pairs)
  | ({ readonly kind: 'LABEL' } & Pairs)
  | ({ readonly kind: 'WORKDIR' } & Plain)
  | ({ readonly kind: 'USER' } & Plain)
  | ({ readonly kind: 'COPY'; readonly from: string | undefined; readonly sources: readonly string[]; readonly target: string } & At)
  /** Commands that follow each other with `&&`, each as words. */
  | ({ readonly kind: 'RUN'; readonly commands: readonly (readonly string[])[] } & At)
  | ({ readonly kind: 'ENTRYPOINT' } & Program)
  | ({ readonly kind: 'CMD' } & Program);

export interface Stage {
  readonly line: number;
  /** `node:22-bookworm-slim@sha256:…`, with the file's own ARG values put in. */
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile as far as ours go. */
export interface Dockerfile {
  readonly stages: readonly Stage[];
}

interface Statement {
  readonly line: number;
  readonly keyword: string;
  readonly rest: string;
}

/**
 * Reads a Dockerfile. What it does not know it refuses, so that nothing of an image is passed over by those who
 * work out its files from here.
 *
 * @throws `configuration` with the line
 */
export function parseDockerfile(text: string): Dockerfile {
  const defaults = new Map<string, string>();
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const statement of statementsOf(text)) {
    const stage = stages.at(-1);
    if (statement.keyword === 'FROM') stages.push(stageOf(statement, defaults));
    else if (stage !== undefined) stage.instructions.push(instructionOf(statement));
    else addDefault(statement, defaults);
  }
  if (stages.length === 0) throw refused({ line: 1, keyword: '', rest: '' }, 'has no FROM');
  return { stages };
}

/** What the files of an image come from: the paths of the build context that its stages copy. */
export function contextPaths({ stages }: Dockerfile): string[] {
  const paths = stages.flatMap(({ instructions }) => instructions.flatMap((step) => (step.kind === 'COPY' && step.from === undefined ? step.sources : [])));
  return [...new Set(paths)];
}

/** Lines that say something, continued ones joined. */
function statementsOf(text: string): Statement[] {
  const statements: Statement[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue;
    const isContinued = /\\\s*$/.test(raw);
    open = { line: open?.line ?? index + 1, text: `${open?.text ?? ''} ${raw.replace(/\\\s*$/, '').trim()}` };
    if (isContinued) continue;
    statements.push(statementOf(open.line, open.text.trim()));
    open = undefined;
  }
  if (open !== undefined) throw refused({ line: open.line, keyword: '', rest: '' }, 'ends within a continued line');
  return statements;
}

function statementOf(line: number, text: string): Statement {
  const [, keyword = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  return { line, keyword: keyword.toUpperCase(), rest };
}

function stageOf(statement: Statement, defaults: ReadonlyMap<string, string>): Stage & { readonly instructions: Instruction[] } {
  const [, base = '', name] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(statement.rest) ?? [];
  if (base === '') throw refused(statement, 'is not FROM IMAGE [AS NAME]');
  const known = base.replaceAll(/\$\{(\w+)\}/g, (_whole, variable: string) => {
    const value = defaults.get(variable);
    if (value === undefined) throw refused(statement, `uses ${variable}, which no ARG before it gives a value`);
    return value;
  });
  return { line: statement.line, base: known, name, instructions: [] };
}

function addDefault(statement: Statement, defaults: Map<string, string>): void {
  const [, name, value] = /^(\w+)=(\S+)$/.exec(statement.rest) ?? [];
  if (statement.keyword !== 'ARG' || name === undefined || value === undefined) throw refused(statement, 'stands before the first FROM, where only ARG NAME=VALUE may');
  defaults.set(name, value);
}

function instructionOf(statement: Statement): Instruction {
  const { line, rest } = statement;
  switch (statement.keyword) {
    case 'ARG': {
      const [, name = '', value] = /^(\w+)(?:=(\S+))?$/.exec(rest) ?? [];
      if (name === '') throw refused(statement, 'is not ARG NAME[=VALUE]');
      return { kind: 'ARG', line, name, value };
    }
    case 'ENV':
    case 'LABEL':
      return { kind: statement.keyword, line, values: pairsOf(statement) };
    case 'WORKDIR':
    case 'USER':
      if (!/^[\w/.:-]+$/.test(rest)) throw refused(statement, 'has a value that is not plain');
      return { kind: statement.keyword, line, value: rest };
    case 'COPY':
      return copyOf(statement);
    case 'RUN':
      return { kind: 'RUN', line, commands: commandsOf(statement) };
    case 'ENTRYPOINT':
    case 'CMD':
      return { kind: statement.keyword, line, words: execForm(statement) };
    default:
      throw refused(statement, 'is an instruction that is not known here');
  }
}

function pairsOf(statement: Statement): Record<string, string> {
  const pairs = [...statement.rest.matchAll(/([\w.-]+)=(?:"([^"\\$]*)"|([^\s"'\\$]+))(?:\s+|$)/g)];
  if (pairs.length === 0 || pairs.map(([whole]) => whole).join('') !== statement.rest) throw refused(statement, 'is not NAME=VALUE …, without variables in it');
  return Object.fromEntries(pairs.map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']));
}

function copyOf(statement: Statement): Instruction {
  const words = statement.rest.split(/\s+/);
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
  const target = words.pop();
  if (target === undefined || words.length === 0) throw refused(statement, 'is not COPY [--from=STAGE] SOURCE … TARGET');
  const odd = [...words, target].find((word) => !/^[\w/.@-]+$/.test(word) || word.startsWith('-'));
  if (odd !== undefined) throw refused(statement, `has "${odd}", which is no plain path`);
  return { kind: 'COPY', line: statement.line, from, sources: words, target };
}

function commandsOf(statement: Statement): string[][] {
  const commands = statement.rest.split(/\s+&&\s+/).map((command) => command.trim().split(/\s+/));
  const odd = commands.flat().find((word) => !/^[\w/.:=@+-]+$/.test(word));
  if (odd !== undefined) throw refused(statement, `has "${odd}": only plain words, and && between commands`);
  return commands;
}

function execForm(statement: Statement): string[] {
  try {
    const words: unknown = JSON.parse(statement.rest);
    if (Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Told below with the other wrong forms.
  }
  throw refused(statement, 'is not a JSON list of words: a shell around the program would take its signals');
}

function refused({ line, keyword, rest }: Statement, why: string): FlowbenchError {
  return new FlowbenchError('configuration', `Dockerfile:${line}: ${`${keyword} ${rest}`.trim() || 'it'} ${why}.`);
}
