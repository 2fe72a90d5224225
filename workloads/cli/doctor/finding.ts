/** One line of what the doctor found. */
export interface Finding {
  readonly subject: string;
  /** `limited`: there, but something will be slower, smaller or unavailable. */
  readonly state: 'ok' | 'limited' | 'missing';
  readonly found: string;
  readonly neededFor: string;
  /** Whether the main job (`npm start`) cannot run without it. */
  readonly required: boolean;
  /** What to do, when not ok. */
  readonly remedy: string | null;
}

/** A check that never throws: what it cannot find out is a finding too. */
export type Check = (machine: Machine) => Promise<Finding> | Finding;

/** What the checks may ask of the computer they run on; a test gives them another computer. */
export interface Machine {
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Where generated datasets and the datagen environment are kept. */
  readonly cacheFolder: string;
  /** Folder of the installed package. */
  readonly packageFolder: string;
  /** Bytes an ordinary user may still write in the file system of the folder (or of its nearest existing parent). */
  freeDiskBytes(folder: string): number;
  exists(path: string): boolean;
  /** Names in a folder; none when it is not there. */
  list(folder: string): readonly string[];
  /** Whether files can be made in the folder, or in the nearest parent that exists. */
  canWrite(folder: string): boolean;
  /** Standard output of a program, or null when it is not there, fails, or takes longer than the patience (default: a second). */
  ask(program: string, args: readonly string[], patienceMs?: number): Promise<string | null>;
}
