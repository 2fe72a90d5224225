import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PROJECT_ROOT } from '../architecture/project-tree.js';
import { commandsOf } from './snippets.js';

const COMMAND_TIMEOUT_MS = 60_000;
const packageJson = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string>; bin: Record<string, string> };

/** A folder that stands for a clone: the sources are in it, what a command writes stays in it. */
export class DocumentFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'flowbench-docs-'));
  private readonly programs = join(this.path, '.programs');

  constructor() {
    mkdirSync(this.programs);
    for (const name of ['workloads', 'package.json']) symlinkSync(join(PROJECT_ROOT, name), join(this.path, name));
    this.addProgram('npx', 'exec "$@"');
    for (const [name, file] of Object.entries(packageJson.bin)) this.addProgram(name, `exec "${process.execPath}" "${join(PROJECT_ROOT, file)}" "$@"`);
  }

  /** Runs a bash block as a reader would paste it. Throws with what it printed when it fails. */
  run(text: string): string {
    return execFileSync('bash', ['-euo', 'pipefail', '-c', text], {
      cwd: this.path, encoding: 'utf8', timeout: COMMAND_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${this.programs}${delimiter}${process.env.PATH ?? ''}` },
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private addProgram(name: string, body: string): void {
    const file = join(this.programs, name);
    writeFileSync(file, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(file, 0o755);
  }
}

/** What is wrong with commands that take too long to run here: unknown commands, scripts and options. */
export function problemsWithFlags(text: string): string[] {
  return commandsOf(text).flatMap((command) => command.split(/\s*(?:&&|;)\s*/)).flatMap(problemsWithCommand);
}

function problemsWithCommand(command: string): string[] {
  const words = command.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word));
  const [program = '', ...rest] = words[0] === 'npx' ? words.slice(1) : words;
  if (program === 'npm') return problemsWithNpm(rest);
  if (program === 'flowbench') return problemsWithOptions(program, subcommands(rest), rest);
  if (program === 'flow-worker') return problemsWithOptions(program, [], rest);
  if (program === 'npx') return problemsWithCommand(rest.join(' '));
  return ['bash', 'git', 'cd', 'jest', 'eslint', 'tsc', 'node', 'cdktf', 'terraform'].includes(program) ? [] : [`"${program}" is no program these documents know`];
}

function problemsWithNpm([first = '', second = '', ...more]: readonly string[]): string[] {
  if (first === 'ci' || first === 'install') return [];
  const script = first === 'run' ? second : first;
  if (packageJson.scripts[script] === undefined) return [`package.json has no script "${script}"`];
  const rest = first === 'run' ? more : [second, ...more];
  const program = /^node (bin|lib)\/(.+)$/.exec(packageJson.scripts[script] ?? '');
  const separator = rest.indexOf('--');
  if (separator < 0 || program === null) return [];
  const [entry = '', ...given] = program[0].slice('node '.length).split(' ');
  return optionsMissing(`npm run ${script}`, helpOf([join(PROJECT_ROOT, entry), ...given]), rest.slice(separator + 1));
}

/** `dataset verify DIR --x` → `dataset verify`: words in front of options that the help knows as commands. */
function subcommands(words: readonly string[]): string[] {
  const found: string[] = [];
  for (const word of words) {
    const known = new RegExp(`^  ${word}\\b`, 'm').test(helpOf([join(PROJECT_ROOT, packageJson.bin.flowbench ?? ''), ...found]));
    if (word.startsWith('-') || !known) break;
    found.push(word);
  }
  return found;
}

function problemsWithOptions(program: string, commands: readonly string[], words: readonly string[]): string[] {
  const [first = ''] = words;
  if (program === 'flowbench' && commands.length === 0 && !first.startsWith('-')) return [`flowbench has no command "${first}"`];
  const help = helpOf([join(PROJECT_ROOT, packageJson.bin[program] ?? ''), ...commands]);
  return optionsMissing([program, ...commands].join(' '), help, words);
}

function optionsMissing(what: string, help: string, words: readonly string[]): string[] {
  const options = words.filter((word) => word.startsWith('--') && word.length > 2).map((word) => word.replace(/=.*$/, ''));
  return options.filter((option) => !new RegExp(`${option}(?![\\w-])`).test(help)).map((option) => `${what} has no option ${option}`);
}

const helpTexts = new Map<string, string>();

function helpOf(command: readonly string[]): string {
  const key = command.join(' ');
  const known = helpTexts.get(key);
  if (known !== undefined) return known;
  const help = execFileSync(process.execPath, [...command, '--help'], { encoding: 'utf8', timeout: COMMAND_TIMEOUT_MS });
  helpTexts.set(key, help);
  return help;
}
