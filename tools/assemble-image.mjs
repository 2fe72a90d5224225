// The files of an image without a container engine: what its Dockerfile says, carried out into a folder.
// usage: assemble-image.mjs IMAGE FOLDER [--package FOLDER] [--cache FOLDER]
//
// Base images are left out, as they cannot be had from a package registry: the folder holds what our Dockerfile adds
// to its base. Steps are those of the Dockerfile; one that is not known here is refused.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = (...path) => createRequire(import.meta.url)(join(root, 'lib', ...path));

/**
 * Puts the image's files into a folder, as they lie below `/` in the image. What was fetched is kept in the cache
 * by what it was fetched for; a folder that holds the image already is left as it is.
 *
 * @param {'flow-worker' | 'coordinator'} image
 * @param {string} folder made anew unless it holds just this image
 * @param {{ packageRoot?: string, cache?: string, say?: (line: string) => void }} [options] packageRoot: an unpacked
 *   package instead of one packed now from the built tree
 * @returns {Promise<{ env: Record<string, string>, user: string, workingDir: string, entrypoint: string[], labels: Record<string, string> }>}
 *   what the image says of itself, also written to `<folder>.json`
 */
export async function assembleImage(image, folder, options = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'flowbench-image-'));
  try {
    const source = compiled('workloads', 'cloud', 'index.js').imageSource(options.packageRoot ?? packed(), image);
    const content = hashOf([platform(), ...[...source].flatMap(([path, file]) => [path, file])]);
    const note = `${folder}.json`;
    const present = existsSync(folder) && existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : undefined;
    if (present?.content === content) return present;
    rmSync(note, { force: true });
    const build = new Build(source, { cache: options.cache ?? join(compiled('workloads', 'cli', 'cache-folder.js').cacheFolder(), 'images'), say: options.say ?? (() => undefined), scratch });
    const { stages } = compiled('workloads', 'model', 'dockerfile.js').parseDockerfile(source.get('Dockerfile').toString());
    const config = build.run(stages);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    move(config.folder, folder);
    const { env, labels, user, workingDir, entrypoint } = config;
    const result = { env, labels, user, workingDir, entrypoint, content };
    writeFileSync(note, `${JSON.stringify(result, null, 2)}\n`);
    return result;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

let unpacked;

/** The package as it would be published, packed once in a process. */
function packed() {
  if (unpacked === undefined) {
    const scratch = mkdtempSync(join(tmpdir(), 'flowbench-package-'));
    process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
    const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [{ filename }] = JSON.parse(output);
    execFileSync('tar', ['-xzf', join(scratch, filename), '-C', scratch]);
    unpacked = join(scratch, 'package');
  }
  return unpacked;
}

class Build {
  #done = new Map();
  #number = 0;

  constructor(source, { cache, say, scratch }) {
    Object.assign(this, { source, cache, say, scratch });
  }

  /** The last stage is the image. */
  run(stages) {
    let last;
    for (const stage of stages) {
      last = this.#stage(stage);
      if (stage.name !== undefined) this.#done.set(stage.name, last);
    }
    return last;
  }

  #stage({ base, instructions }) {
    const folder = join(this.scratch, `stage-${this.#number++}`);
    mkdirSync(folder);
    const config = { folder, env: {}, labels: {}, user: '0', workingDir: '/', entrypoint: [] };
    let made = hashOf([platform(), base]);
    for (const [index, step] of instructions.entries()) {
      config.isLast = index === instructions.length - 1;
      made = hashOf([made, JSON.stringify({ ...step, line: 0 }), ...(step.kind === 'COPY' ? this.#copied(step) : [])]);
      config.made = made;
      this.#carryOut(step, config);
    }
    return config;
  }

  #carryOut(step, config) {
    switch (step.kind) {
      case 'ENV': Object.assign(config.env, step.values); break;
      case 'LABEL': Object.assign(config.labels, step.values); break;
      case 'USER': config.user = step.value; break;
      case 'ENTRYPOINT': config.entrypoint = [...step.words]; break;
      case 'WORKDIR':
        config.workingDir = posix.resolve(config.workingDir, step.value);
        mkdirSync(place(config, '.'), { recursive: true });
        break;
      case 'COPY': this.#copy(step, config); break;
      case 'RUN': for (const command of step.commands) this.#command(command, config); break;
      default: throw new Error(`Dockerfile:${step.line}: ${step.kind} is not carried out here: teach tools/assemble-image.mjs what it does to the files.`);
    }
  }

  /** What a COPY depends on, for the hash of its stage. */
  #copied({ from, sources }) {
    if (from !== undefined) return [this.#stageNamed(from).made];
    return [...this.source].filter(([path]) => sources.some((copied) => path === copied || path.startsWith(`${copied}/`))).flat();
  }

  #stageNamed(name) {
    const stage = this.#done.get(name);
    if (stage === undefined) throw new Error(`No stage ${name} comes before the one that copies from it.`);
    return stage;
  }

  #copy({ from, sources, target, line }, config) {
    const isFolder = target.endsWith('/') || sources.length > 1;
    for (const source of sources) {
      const files = from === undefined ? this.#ofContext(source) : this.#ofStage(from, source);
      if (files.length === 0) throw new Error(`Dockerfile:${line}: there is no ${source} to copy.`);
      for (const { within, put } of files) {
        const to = place(config, within === '' && isFolder ? posix.join(target, basename(source)) : posix.join(target, within));
        mkdirSync(dirname(to), { recursive: true });
        put(to);
      }
    }
  }

  #ofContext(source) {
    const found = [...this.source].filter(([path]) => path === source || path.startsWith(`${source}/`));
    return found.map(([path, content]) => ({ within: path.slice(source.length + 1), put: (to) => writeFileSync(to, content) }));
  }

  #ofStage(from, source) {
    const path = place(this.#stageNamed(from), source);
    if (!existsSync(path)) return [];
    const put = (to) => cpSync(path, to, { recursive: true, verbatimSymlinks: true });
    return [{ within: statSync(path).isDirectory() ? '.' : '', put }];
  }

  #command([program, ...args], config) {
    const inside = (path) => place(config, path);
    if (program === 'chmod') for (const path of args.slice(1)) chmodSync(inside(path), Number.parseInt(args[0], 8));
    else if (program === 'ln' && args[0] === '-s' && args.length === 3) {
      mkdirSync(dirname(inside(args[2])), { recursive: true });
      symlinkSync(args[1], inside(args[2]));
    } else if (program === 'npm' && args[0] === 'ci') this.#kept(config, () => run('npm', args, inside('.')));
    else if (program === 'pip' && args[0] === 'install') {
      const mapped = args.map((arg) => arg.replace(/^(--target=)(\/.*)$/, (_whole, flag, path) => `${flag}${inside(path)}`));
      this.#kept(config, () => run('python3', ['-m', 'pip', '--disable-pip-version-check', '--quiet', ...mapped], inside('.')));
    } else if (program === 'node') run(process.execPath, args, inside('.'));
    else throw new Error(`"${[program, ...args].join(' ')}" is not carried out here: teach tools/assemble-image.mjs what it does to the files.`);
  }

  /** A step that fetches: its stage as it is after it is kept, and used from where it is kept when nothing more is done to it. */
  #kept(config, fetch) {
    const kept = join(this.cache, config.made);
    if (!existsSync(kept)) {
      this.say(`Fetching for ${config.workingDir} (once)`);
      fetch();
      mkdirSync(this.cache, { recursive: true });
      const partial = mkdtempSync(`${kept}-`);
      cpSync(config.folder, partial, { recursive: true, verbatimSymlinks: true });
      chmodSync(partial, 0o755);
      try {
        renameSync(partial, kept);
      } catch (error) {
        // Somebody else was faster, with the same content.
        rmSync(partial, { recursive: true, force: true });
        if (!existsSync(kept)) throw error;
      }
    }
    if (config.isLast) config.folder = kept;
    else cpSync(kept, config.folder, { recursive: true, verbatimSymlinks: true });
  }
}

const place = ({ folder, workingDir }, path) => join(folder, posix.resolve(workingDir, path));

/** Packages are of a platform, and what V8 keeps is of a Node. */
const platform = () => `${process.platform} ${process.arch} ${process.version}`;

function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest('hex').slice(0, 32);
}

function run(program, args, cwd) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Also from one file system to another. */
function move(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'EXDEV') throw error;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals: [image, folder], values } = parseArgs({ allowPositionals: true, options: { package: { type: 'string' }, cache: { type: 'string' } } });
  if (folder === undefined) throw new Error('usage: assemble-image.mjs IMAGE FOLDER [--package FOLDER] [--cache FOLDER]');
  assembleImage(image, folder, { packageRoot: values.package, cache: values.cache, say: (line) => process.stderr.write(`${line}\n`) }).then(
    ({ entrypoint, user }) => process.stdout.write(`${image} in ${folder}: ${entrypoint.join(' ')} as ${user}\n`),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
