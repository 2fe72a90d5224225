import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { WorkerProgram } from '../coordinator/executors/worker-program.js';

/** The `flow-worker` that came with this very package, so that coordinator and workers are of one version. */
export function bundledWorker(): WorkerProgram {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return { command: process.execPath, args: [join(folder, 'bin', 'flow-worker.js')] };
}
