import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';

/** Something of this machine that a pod sees. */
export interface Mount {
  readonly from: string;
  readonly at: string;
  readonly writable: boolean;
}

export interface Sandbox {
  /** An empty folder; the pod's root is put together there, where only the pod sees it. */
  readonly root: string;
  readonly mounts: readonly Mount[];
  readonly user: number;
  readonly group: number;
  readonly workingDir: string;
}

/** What a base image has: programs and their libraries. Nothing of a user's files is among it. */
const BASE = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc', '/dev', '/sys', '/proc'];

/**
 * A root of its own in a mount namespace of its own, read-only beside the volumes; then the pod's user, without
 * capabilities and without a way to gain any. The last `exec` leaves one process, which dies with its starter.
 */
const SCRIPT = `
set -e
root=$1 user=$2 group=$3 folder=$4; shift 4
mount -t tmpfs -o mode=755 none "$root"
for base in ${BASE.join(' ')}; do
  if [ -L "$base" ]; then cp -P "$base" "$root$base"
  elif [ -d "$base" ]; then mkdir "$root$base"; mount --rbind -o ro "$base" "$root$base"; fi
done
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$root\${2%/*}"; [ -e "$root$2" ] || : > "$root$2"; fi
  mount --bind -o "$3" "$1" "$root$2"
  shift 3
done
shift
mkdir -p "$root$folder"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid "$user" --regid "$group" --groups "$group" --no-new-privs --inh-caps=-all --bounding-set=-all --pdeathsig KILL -- \\
  env -C "$folder" "$@"
`;

/** The command line that runs `argv` in the sandbox. */
export function sandboxed(sandbox: Sandbox, argv: readonly string[]): readonly [string, ...string[]] {
  const { root, user, group, workingDir } = sandbox;
  // A folder before what is mounted inside it.
  const mounts = [...sandbox.mounts].sort((a, b) => a.at.length - b.at.length);
  const places = mounts.flatMap(({ from, at, writable }) => [from, at, writable ? 'rw' : 'ro']);
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sandbox', root, String(user), String(group), workingDir, ...places, '--', ...argv];
}

/** The Node that runs this, for images whose programs need one. */
export const NODE_MOUNTS: readonly Mount[] = BASE.some((folder) => process.execPath.startsWith(`${folder}/`))
  ? []
  : [{ from: dirname(process.execPath), at: dirname(process.execPath), writable: false }];

/** Throws one line saying what this machine lacks to run pods as processes. */
export function requireSandbox(): void {
  if (process.platform !== 'linux') throw new Error('The test cluster runs on Linux: its pods are processes with a mount namespace of their own.');
  if (process.getuid?.() !== 0) throw new Error('The test cluster needs root: its pods get a root folder and a user of their own.');
  try {
    execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', 'mount -t tmpfs none /mnt && setpriv --version && chroot --version'], { stdio: 'ignore' });
  } catch {
    throw new Error('The test cluster needs unshare and setpriv (util-linux), and the right to mount in a namespace of its own (a container: CAP_SYS_ADMIN).');
  }
}
