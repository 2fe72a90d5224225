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

/** Relative to the installed package, compiled or not. */
const SAMPLE = join(__dirname, '..', '..', 'tpch', 'sample', 'sf0.01');
const VERIFY_MEMORY_BYTES = 500e6;
const PROBLEMS_SHOWN = 2;

/** Measures the sample again from its files, which takes about a second. */
export function sampleDataset(dir: string = SAMPLE): Check {
  return async (machine): Promise<Finding> => {
    const base = { subject: 'Sample data', neededFor: 'npm start', required: true };
    const problems = await verify(dir, machine.cores);
    if (problems.length === 0) return { ...base, found: 'TPC-H at scale factor 0.01, verified', state: 'ok', remedy: null };
    return { ...base, found: problems.slice(0, PROBLEMS_SHOWN).join('; '), state: 'missing', remedy: 'Restore it with git, or install the package again.' };
  };
}

async function verify(dir: string, threads: number): Promise<string[]> {
  try {
    const { verifyDataset } = await import('../../dataset/verify.js');
    return await verifyDataset({ dir, threads, memoryBytes: VERIFY_MEMORY_BYTES, signal: new AbortController().signal, onStep: () => undefined });
  } catch (error) {
    return [messageOf(error)];
  }
}

export const cache: Check = (machine) => {
  const writable = machine.canWrite(machine.cacheFolder);
  return {
    subject: 'Cache folder', found: `${machine.cacheFolder}${machine.exists(machine.cacheFolder) ? '' : ' (made when needed)'}`, required: false,
    neededFor: 'flowbench datagen and npm run bench',
    state: writable ? 'ok' : 'limited', remedy: writable ? null : 'Set XDG_CACHE_HOME to a folder that can be written.',
  };
};

/** Without it `s3://` can be written and listed, and not scanned. */
export function httpfs(file: string): Check {
  return (machine) => {
    const there = machine.exists(file);
    return {
      subject: 'httpfs', found: there ? file : 'not installed yet', required: false, neededFor: 'duckdb, flow and verify over datasets in S3 (s3://…)',
      state: there ? 'ok' : 'limited', remedy: there ? null : 'Run "flowbench s3 install" (7 MB).',
    };
  };
}

/** What `datagen` installed on first use; without it the first call takes about a minute longer. */
export const datagenEnvironment: Check = (machine) => {
  const ready = machine.list(machine.cacheFolder).some((name) => name.startsWith('datagen-') && machine.exists(join(machine.cacheFolder, name, 'complete')));
  return {
    subject: 'datagen tools', found: ready ? 'in the cache' : 'not installed yet', required: false, neededFor: 'flowbench datagen',
    state: ready ? 'ok' : 'limited', remedy: ready ? null : 'None needed: the first flowbench datagen installs them.',
  };
};
