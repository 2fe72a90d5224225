import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { flowbenchProgram } from './dataset.js';
import { peakMemoryOf } from './process-tree.js';

const LIMIT_GB = 3;

/** Generates a dataset only to see how much memory that takes; says so and answers nothing. */
export async function measureDatagenMemory(scaleFactor: string, scratchDir: string, log: (line: string) => void): Promise<void> {
  const folder = join(scratchDir, `datagen-sf${scaleFactor}`);
  const begin = performance.now();
  try {
    const peakBytes = await peakMemoryOf(process.execPath, [flowbenchProgram(), 'datagen', '--sf', scaleFactor, '--out', folder]);
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    log(`datagen at scale factor ${scaleFactor}: largest resident memory of all its processes together ${(peakBytes / 1e9).toFixed(2)} GB (bound: ${LIMIT_GB} GB), ${seconds} s`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
