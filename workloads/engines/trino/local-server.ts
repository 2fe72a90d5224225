import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FlowbenchError } from '../../model/errors.js';
import type { TrinoHeap } from '../../model/trino-memory.js';
import type { TrinoHome } from '../install/homes.js';
import { freePort } from '../free-port.js';
import { serverCommand } from './jvm.js';
import { exitError } from './server-log.js';
import { propertiesFile, serverConfig } from './settings.js';
import { Watchdog } from './watchdog.js';

export interface LocalTrinoOptions {
  readonly home: TrinoHome;
  /** Its own; removed when it stops. */
  readonly folder: string;
  readonly cores: number;
  readonly memory: TrinoHeap;
  readonly catalog: Readonly<Record<string, string>>;
  /** Added to the little that the process has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A system path, so that the launcher of Java finds its tools; nothing of the caller's environment. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

export const CATALOG = 'hive';

/** All that the process says. */
function logFileOf(folder: string): string {
  return join(folder, 'server.log');
}

/** A Trino of our own on loopback: coordinator and worker in one process, which ends with this one. */
export class LocalTrino {
  private readonly watchdog: Watchdog;
  private exited: FlowbenchError | null = null;

  private constructor(
    private readonly options: LocalTrinoOptions,
    private readonly child: ChildProcess,
    readonly pid: number,
    readonly nodeId: string,
    readonly url: string,
    readonly config: Readonly<Record<string, string>>,
  ) {
    this.watchdog = Watchdog.over(pid);
  }

  /** Starts the process; whether it answers is another matter. Throws when it ends at once. */
  static async start(options: LocalTrinoOptions): Promise<LocalTrino> {
    try {
      return await LocalTrino.launch(options);
    } catch (error) {
      await rm(options.folder, { recursive: true, force: true });
      throw error;
    }
  }

  private static async launch(options: LocalTrinoOptions): Promise<LocalTrino> {
    await mkdir(join(options.folder, 'etc', 'catalog'), { recursive: true });
    await mkdir(join(options.folder, 'data'), { recursive: true });
    await writeFile(join(options.folder, 'etc', 'catalog', `${CATALOG}.properties`), propertiesFile(options.catalog), { mode: 0o600 });
    const port = await freePort();
    const config = serverConfig(port, options.memory);
    await writeFile(join(options.folder, 'etc', 'config.properties'), propertiesFile(config));
    const nodeId = `flowbench-${randomBytes(6).toString('hex')}`;
    const { program, args } = serverCommand({ ...options, nodeId, dataDir: join(options.folder, 'data'), etcDir: join(options.folder, 'etc') });
    const log = await open(logFileOf(options.folder), 'w');
    try {
      const child = spawn(program, args, {
        cwd: join(options.folder, 'data'), detached: true, stdio: ['ignore', log.fd, log.fd],
        env: { PATH, JAVA_HOME: options.home.javaHome, LANG: 'C.UTF-8', TZ: 'UTC', ...options.environment },
      });
      await once(child, 'spawn');
      const server = new LocalTrino(options, child, child.pid ?? 0, nodeId, `http://127.0.0.1:${port}`, config);
      child.once('exit', (code, signal) => { server.onExit(code, signal); });
      return server;
    } finally {
      await log.close();
    }
  }

  get logFile(): string {
    return logFileOf(this.options.folder);
  }

  /** Why it is gone, once it is. */
  lost(): FlowbenchError | null {
    return this.exited;
  }

  /** Takes no processor until {@link resume}. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Memory it had resident at its peak; null where the system does not tell. */
  async maxRssBytes(): Promise<number | null> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '');
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
    return kib === undefined ? null : Number(kib) * 1_024;
  }

  /** At once: it has nothing to keep. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await exited;
    }
    this.watchdog.dismiss();
  }

  async remove(): Promise<void> {
    await rm(this.options.folder, { recursive: true, force: true });
  }

  /** Whoever asks next is told the cause, so that it is read here and now. */
  private onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.watchdog.dismiss();
    const log = existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
    this.exited = exitError(log, code, signal);
  }
}
