import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ImageConfig } from './assemble.js';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Folder of this machine to be seen at /data, read-only. */
  readonly data?: string;
  /** Loopback of this machine is reached (default: no network at all). */
  readonly hasNetwork?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Mounts end with the mount namespace that they are made in. */
const INSIDE = `
set -e
mount --bind "$ROOT" "$ROOT"
for folder in tmp spill; do mount -t tmpfs -o mode=1777 tmpfs "$ROOT/$folder"; done
mount -t proc proc "$ROOT/proc"
for device in null urandom; do mount --bind "/dev/$device" "$ROOT/dev/$device"; done
if [ -n "$DATA" ]; then mount --bind "$DATA" "$ROOT/data"; mount -o remount,ro,bind "$ROOT/data"; fi
mount -o remount,ro,bind "$ROOT"
exec chroot $AS "$ROOT" /usr/bin/env -i "$@"
`;

/**
 * The files of an image as the root of everything that its programs see: read-only, with /tmp and /spill as pods
 * have them, as the image's user, with the image's variables and no others. Of the base image, which is not to be
 * had here, only Node stands in, this machine's, with the libraries that it and the database are linked against.
 */
export class CleanRoot {
  private readonly root = mkdtempSync(join(tmpdir(), 'flowbench-root-'));

  constructor(
    files: string,
    private readonly config: Pick<ImageConfig, 'env' | 'user'>,
  ) {
    cpSync(files, this.root, { recursive: true, verbatimSymlinks: true });
    chmodSync(this.root, 0o755);
    for (const folder of ['tmp', 'spill', 'data', 'proc', 'dev', 'usr/bin', 'usr/local/bin']) mkdirSync(join(this.root, folder), { recursive: true });
    for (const device of ['null', 'urandom']) writeFileSync(join(this.root, 'dev', device), '');
    const programs = { '/usr/local/bin/node': process.execPath, '/usr/bin/env': '/usr/bin/env' };
    for (const [inside, path] of Object.entries(programs)) cpSync(realpathSync(path), join(this.root, inside));
    for (const library of librariesOf([...Object.values(programs), ...nativeFiles(files)], files)) {
      mkdirSync(dirname(join(this.root, library)), { recursive: true });
      cpSync(realpathSync(library), join(this.root, library));
    }
  }

  /** Runs a program of the image by its name. */
  async run(words: readonly string[], { data = '', hasNetwork = false, env = {} }: RunOptions = {}): Promise<Finished> {
    const isRoot = process.getuid?.() === 0;
    const variables = Object.entries({ PATH: '/usr/local/bin:/usr/bin', ...this.config.env, ...env }).map(([name, value]) => `${name}=${value}`);
    const namespaces = ['--mount', ...(hasNetwork ? [] : ['--net']), ...(isRoot ? [] : ['--map-root-user'])];
    const child = spawn('unshare', [...namespaces, 'sh', '-c', INSIDE, 'inside', ...variables, ...words], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, ROOT: this.root, DATA: data, AS: isRoot ? `--userspec=${this.config.user} --groups=` : '' },
    });
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function nativeFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.node$|\.so$/.test(path)).map((path) => join(folder, path));
}

/** Shared libraries by their absolute paths, those that come with the image left out. */
function librariesOf(programs: readonly string[], files: string): string[] {
  const linked = programs.flatMap((program) => execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? []);
  return [...new Set(linked)].filter((path) => !path.startsWith(files) && !path.endsWith(':'));
}
