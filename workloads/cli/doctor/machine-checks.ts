import { type Check } from './finding.js';

const GIB = 1024 ** 3;
const LEAST_NODE = [20, 19] as const;
/** The sample run keeps a few worker processes of a few hundred MB each. */
const LEAST_MEMORY_BYTES = 2 * GIB;
/** Phase alpha at SF10 on one machine, with operators that spill when they must. */
const COMFORTABLE_MEMORY_BYTES = 8 * GIB;
const LEAST_DISK_BYTES = 0.5 * GIB;
/** SF10: raw files and laid-out files side by side. */
const COMFORTABLE_DISK_BYTES = 10 * GIB;

export function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

export const nodeVersion: Check = ({ nodeVersion: version }) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return {
    subject: 'Node', found: version, neededFor: 'everything', required: true,
    state: enough ? 'ok' : 'missing', remedy: enough ? null : `Install Node ${LEAST_NODE.join('.')} or newer.`,
  };
};

export const cores: Check = ({ cores: count }) => ({
  subject: 'Cores', found: String(count), neededFor: 'a scaling curve: N workers on fewer than N cores share them', required: false,
  state: count >= 4 ? 'ok' : 'limited',
  remedy: count >= 4 ? null : `Read speed-ups above N = ${count} as overhead, not as scaling.`,
});

export const memory: Check = ({ memoryBytes }) => {
  const base = { subject: 'Memory', found: gib(memoryBytes), neededFor: 'the queries; scale factor 10 is comfortable from 8 GiB', required: true };
  if (memoryBytes < LEAST_MEMORY_BYTES) return { ...base, state: 'missing', remedy: `The sample run needs ${gib(LEAST_MEMORY_BYTES)}.` };
  if (memoryBytes < COMFORTABLE_MEMORY_BYTES) return { ...base, state: 'limited', remedy: 'Stay at scale factor 1, or expect spilling.' };
  return { ...base, state: 'ok', remedy: null };
};

export const disk: Check = (machine) => {
  const base = { subject: 'Free disk', neededFor: 'partials and spill files; about 10 GiB to generate scale factor 10', required: true };
  try {
    const free = machine.freeDiskBytes(machine.cacheFolder);
    if (free < LEAST_DISK_BYTES) return { ...base, found: gib(free), state: 'missing', remedy: `Free ${gib(LEAST_DISK_BYTES)}.` };
    if (free < COMFORTABLE_DISK_BYTES) return { ...base, found: gib(free), state: 'limited', remedy: 'Stay at scale factor 1.' };
    return { ...base, found: gib(free), state: 'ok', remedy: null };
  } catch (error) {
    return { ...base, found: `cannot be told (${error instanceof Error ? error.message : String(error)})`, state: 'limited', remedy: 'Look with df.' };
  }
};

export const byteCounts: Check = (machine) => {
  const there = machine.exists('/proc/self/io');
  return {
    subject: '/proc/self/io', found: there ? 'readable' : 'not there', neededFor: 'bytes read per worker (left empty without it)', required: false,
    state: there ? 'ok' : 'limited', remedy: there ? null : 'Run on Linux to have bytes read in the report.',
  };
};
