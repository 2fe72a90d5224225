import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { runTool } from '../../dataset/tool-process.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { WORK_UNIT_V1_SCHEMA } from '../../model/names.js';
import { QUERY_IDS, queryFileStem } from '../../model/queries.js';
import { queryText } from '../../tpch/query-text.js';
import { makeEnvironment, pipInstall } from './python.js';
import type { Made, Site } from './recipe.js';
import { runStep } from './tool-step.js';

const { version } = LOCAL_ENGINES.ematix;
/** The source distribution, by its content. */
export const EMATIX_LOCK = join(__dirname, 'locks', 'ematix.txt');
/** What Python's tools ask about a source distribution before they hand it out. */
const BUILD_LOCK = join(__dirname, 'locks', 'ematix-build.txt');
const PACKAGE = 'ematix-flow-cli';

/**
 * As the released profile, but for what costs hours: no optimisation over crates, level 2, many code generation
 * units at once. The report says that it was built so.
 */
export const EMATIX_PROFILE: Readonly<Record<string, string>> = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '2',
  CARGO_PROFILE_RELEASE_DEBUG: '0',
  CARGO_PROFILE_RELEASE_STRIP: 'symbols',
};

export interface EmatixSite extends Site {
  /** Default: `cargo` of the PATH. */
  readonly cargo?: string;
}

/**
 * Builds `flow` of the source distribution of ematix-flow and checks that it carries out a unit. What was built
 * before an interruption is kept and gone on with. Throws `tool_missing` with the tool's own words where something
 * cannot be fetched or built, `engine_unavailable` for a program that is not what was asked for.
 */
export async function installEmatix(site: EmatixSite): Promise<Made> {
  const source = await fetchSource(site);
  await addQueries(source);
  const built = await build(source, site);
  const binary = join(site.folder, 'bin', 'flow');
  await mkdir(dirname(binary), { recursive: true });
  await copyFile(built, binary);
  await checkProgram(binary);
  for (const leftover of ['source', 'build', 'venv']) await rm(join(site.folder, leftover), { recursive: true, force: true });
  return { java: null, paths: { binary }, verified: [`ematix-flow ${version} by locks/ematix.txt, built by its Cargo.lock with ${Object.entries(EMATIX_PROFILE).map(([key, value]) => `${key}=${value}`).join(' ')}`] };
}

/** The unpacked source, whole or not there. */
async function fetchSource(site: EmatixSite): Promise<string> {
  const source = join(site.folder, 'source');
  if (await exists(source)) return source;
  const python = await makeEnvironment(site);
  await pipInstall(python, site, { lock: BUILD_LOCK });
  site.onNote(`ematix: fetching the source of ematix-flow ${version} (3 MB)`);
  const downloads = join(site.folder, 'downloads');
  await mkdir(downloads, { recursive: true });
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--no-build-isolation', '--no-binary', ':all:', '--require-hashes', '--requirement', EMATIX_LOCK, '--dest', downloads];
  await runStep({
    ...withEnvironment({ PATH: `${dirname(python)}${delimiter}${site.environment.PATH ?? ''}` }, python, pip), signal: site.signal,
    what: 'fetch the source of ematix-flow', remedy: 'pip needs access to the Python package index, or to a mirror configured for it; the same command continues where it stopped.',
  });
  return unpack(downloads, source, site);
}

async function unpack(downloads: string, source: string, site: EmatixSite): Promise<string> {
  const archive = (await readdir(downloads)).find((name) => /^ematix[_-]flow-.*\.tar\.gz$/.test(name));
  if (archive === undefined) throw new FlowbenchError('tool_missing', 'pip has fetched no source of ematix-flow.', { remedy: 'The same command tries again.' });
  const place = join(site.folder, 'unpacked');
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  await runStep({ command: 'tar', args: ['-xzf', join(downloads, archive), '-C', place], signal: site.signal, what: `unpack ${archive}`, remedy: 'The same command tries again.' });
  await rename(join(place, archive.replace(/\.tar\.gz$/, '')), source);
  await rm(place, { recursive: true, force: true });
  return source;
}

/**
 * The program embeds the texts of 22 queries that its source distribution lacks: it does not build without. These are
 * the suite's own, by file name; what is measured is given each text with its unit, of the scale factor it is for.
 */
export function embeddedQueries(): ReadonlyMap<string, string> {
  return new Map(QUERY_IDS.map((query) => [`${queryFileStem(query).toLowerCase()}.sql`, queryText(query, 1)]));
}

async function addQueries(source: string): Promise<void> {
  const folder = join(source, 'examples', 'tpch', 'queries');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of embeddedQueries()) await writeFile(join(folder, name), text);
}

async function build(source: string, site: EmatixSite): Promise<string> {
  const { cargo = 'cargo' } = site;
  const manifest = ['--locked', '--manifest-path', join(source, 'Cargo.toml'), '--package', PACKAGE];
  const target = join(site.folder, 'build');
  const total = await crateCount(cargo, manifest, site);
  const progress = new BuildProgress(total, site.onNote);
  const args = ['build', '--release', ...manifest, '--bin', 'flow', '--message-format', 'json'];
  try {
    const step = withEnvironment({ ...EMATIX_PROFILE, CARGO_TARGET_DIR: target }, cargo, args);
    await runTool(step.command, step.args, { signal: site.signal, onLine: (line) => { progress.line(line); } });
  } catch (cause) {
    if (cause instanceof FlowbenchError && (cause.code === 'cancelled' || cause.code === 'out_of_disk')) throw cause;
    throw new FlowbenchError('tool_missing', `Cargo cannot build ematix-flow (${messageOf(cause)}).`, {
      remedy: 'It takes Rust 1.85 or newer, a C and C++ compiler, cmake and perl, and access to the crates that its Cargo.lock names; the same command continues where it stopped.', cause,
    });
  }
  return join(target, 'release', 'flow');
}

/** Crates that the program is made of, its build included: each once in cargo's tree. */
async function crateCount(cargo: string, manifest: readonly string[], site: EmatixSite): Promise<number> {
  const crates = new Set<string>();
  await runStep({
    command: cargo, args: ['fetch', '--quiet', ...manifest.slice(0, 3)], signal: site.signal, what: 'fetch the crates of ematix-flow',
    remedy: 'cargo needs access to the registry of crates, or to a mirror configured for it; the same command continues where it stopped.',
  });
  await runTool(cargo, ['tree', '--offline', ...manifest, '--edges', 'normal,build', '--prefix', 'none'], {
    signal: site.signal,
    onLine: (line) => { crates.add(line.split(' ').slice(0, 2).join(' ')); },
  });
  crates.delete('');
  return crates.size;
}

const NOTE_EVERY_CRATES = 25;

/** Counts crates as cargo tells that one is done, those that were kept from before too. */
export class BuildProgress {
  private readonly done = new Set<string>();
  private noted = 0;

  constructor(
    private readonly total: number,
    private readonly onNote: (line: string) => void,
  ) {}

  line(text: string): void {
    const crate = crateDoneIn(text);
    if (crate === null) return;
    this.done.add(crate);
    if (this.done.size < this.noted + NOTE_EVERY_CRATES && !(this.done.size === this.total && this.noted < this.total)) return;
    this.noted = this.done.size;
    this.onNote(`ematix: ${this.done.size} of ${this.total} crates are built; the last ones take longest`);
  }
}

function crateDoneIn(line: string): string | null {
  try {
    const message = JSON.parse(line) as { readonly reason?: string; readonly package_id?: string };
    return message.reason === 'compiler-artifact' ? message.package_id ?? null : null;
  } catch {
    return null;
  }
}

const CHECK_TIMEOUT_MS = 60_000;

/** It says what it is, and carries out a unit. */
async function checkProgram(binary: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flowbench-ematix-check-'));
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: CHECK_TIMEOUT_MS });
    if (stdout.trim() !== `flow ${version}`) throw new Error(`it says that it is "${stdout.trim()}"`);
    const [order, output] = [join(folder, 'unit.json'), join(folder, 'answer.arrow')];
    const unit = {
      $schema: WORK_UNIT_V1_SCHEMA, id: 'wu-check', query: { kind: 'sql', sql: 'select 1 as one' },
      input: { kind: 'parquet_partition', uri_prefix: `file://${folder}`, tables: [] }, output: { kind: 'arrow_ipc', uri: `file://${output}` },
    };
    await writeFile(order, JSON.stringify(unit));
    await promisify(execFile)(binary, ['run-shard', '--work-unit-file', order], { timeout: CHECK_TIMEOUT_MS });
    if ((await stat(output)).size === 0) throw new Error('its answer is empty');
  } catch (cause) {
    throw new FlowbenchError('engine_unavailable', `The program that was built is not ematix-flow ${version} as it should be: ${messageOf(cause)}.`, { remedy: 'The same command builds it anew.', cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A program with further variables in its environment, whose other ones stay. */
function withEnvironment(variables: Readonly<Record<string, string>>, command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
  return { command: 'env', args: [...Object.entries(variables).map(([name, value]) => `${name}=${value}`), command, ...args] };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
