import { join } from 'node:path';
import { messageOf } from '../../model/errors.js';
import { type Check, type Finding } from './finding.js';

/** The native library is a package of its own per platform: it may be missing although npm said nothing. */
export const duckdb: Check = async (): Promise<Finding> => {
  const base = { subject: 'DuckDB', neededFor: 'running the queries', required: true };
  try {
    const { version } = await import('@duckdb/node-api');
    return { ...base, found: version().replace(/^v/, ''), state: 'ok', remedy: null };
  } catch (error) {
    return { ...base, found: messageOf(error).split('\n')[0] ?? '', state: 'missing', remedy: 'Run npm ci on this machine; DuckDB has binaries for Linux, macOS and Windows on x64 and arm64.' };
  }
};

export const cache: Check = (machine) => {
  const writable = machine.canWrite(machine.cacheFolder);
  return {
    subject: 'Cache folder', found: `${machine.cacheFolder}${machine.exists(machine.cacheFolder) ? '' : ' (made when needed)'}`, required: false,
    neededFor: 'flowbench datagen and npm run bench',
    state: writable ? 'ok' : 'limited', remedy: writable ? null : 'Set XDG_CACHE_HOME to a folder that can be written.',
  };
};

/** What `datagen` installed on first use; without it the first call takes about a minute longer. */
export const datagenEnvironment: Check = (machine) => {
  const ready = machine.list(machine.cacheFolder).some((name) => name.startsWith('datagen-') && machine.exists(join(machine.cacheFolder, name, 'complete')));
  return {
    subject: 'datagen tools', found: ready ? 'in the cache' : 'not installed yet', required: false, neededFor: 'flowbench datagen',
    state: ready ? 'ok' : 'limited', remedy: ready ? null : 'None needed: the first flowbench datagen installs them.',
  };
};
