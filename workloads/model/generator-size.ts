import { type NodeShape, nodeShape } from './node-shapes.js';

/** What a machine that makes a dataset needs. */
export interface GeneratorSize {
  readonly instanceType: string;
  readonly diskGib: number;
  /** After these hours it ends itself, whatever it is doing. */
  readonly mostHours: number;
}

interface Step extends GeneratorSize {
  readonly upToScaleFactor: number;
}

/**
 * By scale factor. Disk: the compressed tables (about 0.27 GB per unit), as much again while lineitem is sorted,
 * what joins of the answers spill, and the system. Hours: several times what the generation takes, so that only
 * a machine that hangs is cut off.
 */
const STEPS: readonly Step[] = [
  { upToScaleFactor: 1, instanceType: 'm7i.xlarge', diskGib: 30, mostHours: 2 },
  { upToScaleFactor: 10, instanceType: 'c7i.2xlarge', diskGib: 60, mostHours: 4 },
  { upToScaleFactor: 100, instanceType: 'c7i.4xlarge', diskGib: 400, mostHours: 12 },
  { upToScaleFactor: 1_000, instanceType: 'i4i.4xlarge', diskGib: 3_000, mostHours: 48 },
];

/** Root disk of a machine: what the launch template says of it is said anew, with its size, when one is started. */
export const GENERATOR_DISK = { device: '/dev/xvda', volumeType: 'gp3', throughputMibPerS: 250 } as const;

/** Largest scale factor that a machine is sized for; the configuration takes no larger one. */
export const MOST_SCALE_FACTOR = 1_000;

/** The machine for a scale factor; for anything beyond the table its largest. */
export function generatorSize(scaleFactor: number): GeneratorSize {
  const [last] = STEPS.slice(-1);
  const step = STEPS.find(({ upToScaleFactor }) => scaleFactor <= upToScaleFactor) ?? last;
  if (step === undefined) throw new RangeError('the table of sizes is empty');
  return { instanceType: step.instanceType, diskGib: step.diskGib, mostHours: step.mostHours };
}

/** Shape of the machine for a scale factor: what it costs is in the price table under its type. */
export function generatorShape(scaleFactor: number): NodeShape | undefined {
  return nodeShape(generatorSize(scaleFactor).instanceType);
}

/** Below this prefix of the dataset bucket lies the program that a machine starts. */
export const PROGRAM_PREFIX = 'programs/datagen';

/** Tags of a machine by which its user data learns what to make; read through the instance metadata service. */
export const MACHINE_TAGS = { scaleFactor: 'FlowbenchScaleFactor', numeric: 'FlowbenchNumeric', mostMinutes: 'FlowbenchMostMinutes' } as const;

/** Log stream of a machine. Both arguments may be variables of the shell that writes it. */
export const machineLogStream = (prefix: string, instanceId: string): string => `${prefix}/${instanceId}`;

/** Last line of a machine's log begins with one of these. */
export const MACHINE_ENDINGS = { done: 'flowbench-datagen: done', failed: 'flowbench-datagen: failed' } as const;
