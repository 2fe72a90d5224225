import { createHash } from 'node:crypto';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../../workloads/cli/cache-folder.js';
import { withFileLock } from '../../../workloads/dataset/file-lock.js';
import { runTool } from '../../../workloads/dataset/tool-process.js';

const REQUIREMENTS = join(__dirname, 'requirements.txt');
const WAIT_FOR_OTHER_MS = 10 * 60 * 1000;

/**
 * The Python that the emulator runs on: a virtual environment in the cache with the pinned packages, made on
 * first use (half a minute). A change of the pins makes another one; one left half made is made again.
 */
export async function emulatorPython(): Promise<string> {
  const key = createHash('sha256').update(await readFile(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `aws-emulator-${key}`);
  const complete = join(folder, 'complete');
  const isComplete = (): Promise<boolean> => access(complete).then(() => true, () => false);
  if (!(await isComplete())) {
    await withFileLock(`${folder}.lock`, { what: `The emulator's environment ${folder}`, waitMs: WAIT_FOR_OTHER_MS }, async () => {
      if (await isComplete()) return;
      await makeEnvironment(folder);
      await writeFile(complete, '');
    });
  }
  return join(folder, 'bin', 'python');
}

async function makeEnvironment(folder: string): Promise<void> {
  const signal = AbortSignal.timeout(WAIT_FOR_OTHER_MS);
  await rm(folder, { recursive: true, force: true });
  await runTool('python3', ['-m', 'venv', folder], { signal });
  // The list is whole: what moto asks for only for services that are not used here is left out on purpose.
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps', '--requirement', REQUIREMENTS];
  await runTool(join(folder, 'bin', 'python'), pip, { signal });
}
