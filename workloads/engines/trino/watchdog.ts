import { spawn, type ChildProcess } from 'node:child_process';

/** Waits for the end of a pipe that nobody writes to, which is the end of the process that holds it. */
const SCRIPT = 'read -r _; kill -KILL "$1" 2>/dev/null';

/**
 * Ends a process when this one is gone, however it went: by SIGKILL too. Itself it ends as soon as it is told
 * that there is nothing to watch.
 */
export class Watchdog {
  private constructor(private readonly child: ChildProcess) {}

  /** `detached`: a Ctrl-C at the terminal reaches neither it nor what it watches. */
  static over(pid: number): Watchdog {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'flowbench-watchdog', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, env: {} });
    // Where there is no shell there is no watchdog; the server then still ends with its session.
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    return new Watchdog(child);
  }

  dismiss(): void {
    this.child.kill('SIGKILL');
  }
}
