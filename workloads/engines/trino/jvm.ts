import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { FlowbenchError } from '../../model/errors.js';
import type { TrinoHeap } from '../../model/trino-memory.js';
import type { TrinoHome } from '../install/homes.js';

/** The oldest Java that Trino starts on, from 476 on. */
const LEAST_JAVA = 24;
/** Below, Trino's own start takes most of it. */
const LEAST_HEAP_MIB = 400;
const TASKSET = ['/usr/bin/taskset', '/bin/taskset'];

/** How the process of a server is started. */
export interface JvmOptions {
  readonly home: TrinoHome;
  readonly cores: number;
  readonly memory: TrinoHeap;
  readonly nodeId: string;
  readonly dataDir: string;
  readonly etcDir: string;
}

/** What the JVM is told, by Trino's own advice for its release; a heap of a few gigabytes gets smaller regions than the advice has. */
export function jvmFlags({ cores, memory }: Pick<JvmOptions, 'cores' | 'memory'>): string[] {
  return [
    '-server', `-Xmx${memory.heapMib}M`, `-XX:ActiveProcessorCount=${cores}`, '-XX:+UseG1GC', '-XX:+ExplicitGCInvokesConcurrent',
    '-XX:+ExitOnOutOfMemoryError', '-XX:-OmitStackTraceInFastThrow', '-XX:ReservedCodeCacheSize=256M',
    '-XX:PerMethodRecompilationCutoff=10000', '-XX:PerBytecodeRecompilationCutoff=10000',
    '-Djdk.attach.allowAttachSelf=true', '-Djdk.nio.maxCachedBufferSize=2000000', '-Dfile.encoding=UTF-8', '-XX:+EnableDynamicAgentLoading',
  ];
}

/** Program and arguments: Java itself, so that the process that is signalled is the server; on its cores alone where the machine has more. */
export function serverCommand(options: JvmOptions): { readonly program: string; readonly args: string[] } {
  const { home, cores, nodeId, dataDir, etcDir } = options;
  const java = join(home.javaHome, 'bin', 'java');
  const args = [
    '-cp', join(home.home, 'lib', '*'), ...jvmFlags(options),
    '-Dnode.environment=flowbench', `-Dnode.id=${nodeId}`, `-Dnode.data-dir=${dataDir}`, '-Dnode.bind-ip=127.0.0.1',
    `-Dplugin.dir=${join(home.home, 'plugin')}`, `-Dconfig=${join(etcDir, 'config.properties')}`, `-Dcatalog.config-dir=${join(etcDir, 'catalog')}`,
    'io.trino.server.TrinoServer',
  ];
  const taskset = cores < availableParallelism() ? TASKSET.find((path) => existsSync(path)) : undefined;
  if (taskset === undefined) return { program: java, args };
  return { program: taskset, args: ['--cpu-list', `0-${cores - 1}`, java, ...args] };
}

/** Throws `engine_unavailable` where the server could not start for want of the right Java or of memory. */
export async function checkJvm(home: TrinoHome, memory: TrinoHeap, limitBytes: number): Promise<void> {
  const java = await javaRelease(home.javaHome);
  if (java === null) throw new FlowbenchError('engine_unavailable', `There is no Java at ${home.javaHome}.`, { remedy: `Name one of at least ${LEAST_JAVA}, or run "flowbench engines install trino".` });
  if (java < LEAST_JAVA) {
    throw new FlowbenchError('engine_unavailable', `Trino ${home.version} needs Java ${LEAST_JAVA} or newer; ${home.javaHome} is Java ${java}.`, { remedy: 'Run "flowbench engines install trino", which finds or installs one.' });
  }
  if (memory.heapMib >= LEAST_HEAP_MIB) return;
  throw new FlowbenchError('engine_unavailable', `${Math.round(limitBytes / 1e6)} MB of memory leave Trino a heap of ${memory.heapMib} MiB; it needs ${LEAST_HEAP_MIB}.`, { remedy: 'Give it more, by more workers or more memory for each.' });
}

/** The major release a Java home says it is; null where it says nothing. */
async function javaRelease(javaHome: string): Promise<number | null> {
  const text = await readFile(join(javaHome, 'release'), 'utf8').catch(() => '');
  const [, major] = /^JAVA_VERSION="(\d+)/m.exec(text) ?? [];
  return major === undefined ? null : Number(major);
}
