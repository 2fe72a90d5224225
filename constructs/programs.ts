import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Programs that the package carries as files and the infrastructure ships: functions, and what a machine starts. */
export type ProgramName = 'janitor' | 'results-loader' | 'datagen';

/** The folder of the package that holds this file, compiled (lib/constructs) or not. */
function packageFolder(from: string): string {
  const isPackage = existsSync(join(from, 'package.json')) && existsSync(join(from, 'bin', 'flowbench.js'));
  return isPackage || dirname(from) === from ? from : packageFolder(dirname(from));
}

/** Folder of a program, made by `npm run build` and part of the installed package. */
export function programFolder(name: ProgramName): string {
  return join(packageFolder(__dirname), 'lib', 'programs', name);
}
