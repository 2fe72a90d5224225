import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { emulatorPython } from './emulator/python.js';

const OUTPUT_BYTES = 16 * 1024 * 1024;

/** All there is in the emulator's account that could be a leftover, one `kind id` each, whosoever it is. */
export async function everythingIn(endpoint: string, region: string): Promise<ReadonlySet<string>> {
  const script = join(__dirname, 'emulator', 'list_everything.py');
  const { stdout } = await promisify(execFile)(await emulatorPython(), ['-B', script, endpoint, region], { maxBuffer: OUTPUT_BYTES });
  return new Set(JSON.parse(stdout) as string[]);
}

/** What is there now and was not before. */
export function leftovers(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  return [...after].filter((entry) => !before.has(entry));
}
