import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { freeBytes } from '../../engines/free-bytes.js';
import { type Machine } from './finding.js';

const ASK_TIMEOUT_MS = 1000;

/** The computer this process runs on. */
export function thisMachine(folders: { readonly cacheFolder: string; readonly packageFolder: string }): Machine {
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    ...folders,
    freeDiskBytes: (folder) => freeBytes(nearestExisting(folder)),
    exists: existsSync,
    list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
    canWrite: (folder) => {
      try {
        accessSync(nearestExisting(folder), constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
    ask: (program, args, patienceMs = ASK_TIMEOUT_MS) =>
      new Promise((answer) => {
        execFile(program, [...args], { timeout: patienceMs }, (error, stdout) => {
          answer(error === null ? stdout.trim() : null);
        });
      }),
  };
}

function nearestExisting(folder: string): string {
  let path = resolve(folder);
  while (!existsSync(path) && path !== dirname(path)) path = dirname(path);
  return path;
}
