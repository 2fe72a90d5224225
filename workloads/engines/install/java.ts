import { execFile } from 'node:child_process';
import { access, readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FlowbenchError } from '../../model/errors.js';

/** Major versions that an engine takes: those listed, the first one rather, or any from one on. */
export type WantedJava = readonly number[] | { readonly atLeast: number };

export interface Java {
  /** JAVA_HOME. */
  readonly home: string;
  /** As it prints it: `17.0.15`. */
  readonly version: string;
}

/** Where Java is looked for: the variables of the environment, and folders that hold one each. */
export interface JavaPlaces {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folders: readonly string[];
}

const PATIENCE_MS = 20_000;

export function describeWanted(wanted: WantedJava): string {
  return 'atLeast' in wanted ? `Java ${wanted.atLeast} or newer` : `Java ${wanted.join(' or ')}`;
}

export function isWanted(version: string, wanted: WantedJava): boolean {
  return 'atLeast' in wanted ? majorOf(version) >= wanted.atLeast : wanted.includes(majorOf(version));
}

/** `1.8.0_402` is a Java 8. */
function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[.+_-]/).map(Number);
  return first === 1 ? second : first;
}

/** What the Java in a folder says of itself; null where there is none that runs. */
export async function javaVersion(home: string): Promise<string | null> {
  const printed = await promisify(execFile)(join(home, 'bin', 'java'), ['-version'], { timeout: PATIENCE_MS }).catch(() => null);
  return /version "([^"]+)"/.exec(printed?.stderr ?? '')?.[1] ?? null;
}

/** The best of the Javas of this machine: by the order of what is wanted, else the oldest that is new enough. Null: none. */
export async function findJava(wanted: WantedJava, places: JavaPlaces): Promise<Java | null> {
  const found: Java[] = [];
  for (const home of await candidates(places)) {
    const version = await javaVersion(home);
    if (version !== null && isWanted(version, wanted)) found.push({ home, version });
  }
  const rank = ({ version }: Java): number => ('atLeast' in wanted ? majorOf(version) : wanted.indexOf(majorOf(version)));
  return found.sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** Throws `engine_unavailable` when the Java that an engine was installed with is gone or another one. */
export async function checkJava(engine: string, home: string, wanted: WantedJava): Promise<void> {
  const version = await javaVersion(home);
  if (version !== null && isWanted(version, wanted)) return;
  const what = version === null ? `there is none that runs in ${home} any more` : `the one in ${home} is ${version}`;
  throw new FlowbenchError('engine_unavailable', `${engine} needs ${describeWanted(wanted)}, and ${what}.`, {
    remedy: `"flowbench engines install ${engine}" looks for another one.`,
  });
}

/** Folders in which a machine has its Javas. */
export function usualJavaFolders(environment: JavaPlaces['environment']): string[] {
  const ofUser = environment.HOME === undefined ? [] : [join(environment.HOME, '.sdkman', 'candidates', 'java'), join(environment.HOME, '.jdks')];
  return ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines', ...ofUser];
}

async function candidates({ environment, folders }: JavaPlaces): Promise<string[]> {
  const named = Object.keys(environment).filter((name) => name.startsWith('JAVA_HOME')).sort().map((name) => environment[name] ?? '');
  const onPath = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '').map((folder) => join(folder, 'java'));
  const programs = [
    ...named.filter((home) => home !== '').map((home) => join(home, 'bin', 'java')),
    ...onPath,
    ...(await Promise.all(folders.map(javasIn))).flat(),
  ];
  const real = await Promise.all(programs.map(async (program) => realpath(program).catch(() => null)));
  // The program lies in HOME/bin, once links are followed.
  const homes = [...new Set(real.filter((program) => program !== null).map((program) => dirname(dirname(program))))];
  const whole = await Promise.all(homes.map(isHome));
  return homes.filter((_home, index) => whole[index]);
}

/** A stand-in on the PATH that only starts another Java has no such home around it. */
async function isHome(folder: string): Promise<boolean> {
  return access(join(folder, 'lib', 'jvm.cfg')).then(() => true, () => false);
}

async function javasIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().flatMap((name) => [join(folder, name, 'bin', 'java'), join(folder, name, 'Contents', 'Home', 'bin', 'java')]);
}
