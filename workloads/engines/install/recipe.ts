/** Engines that are programs of their own, which this machine does not get with flowbench. */
export const INSTALLABLE_ENGINES = ['spark', 'trino', 'daft', 'ematix'] as const;
export type InstallableEngine = (typeof INSTALLABLE_ENGINES)[number];

/** Where and with what an engine is being made. */
export interface Site {
  readonly engine: InstallableEngine;
  /** The engine's own; what lies there may be left from an interrupted installation. */
  readonly folder: string;
  /** A Python with venv and pip. */
  readonly python: string;
  /** Variables of the environment: where Java is looked for, and programs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders that hold a Java each; absent: where machines usually have them. */
  readonly javaFolders?: readonly string[];
  readonly signal: AbortSignal;
  readonly onNote: (line: string) => void;
}

/** What an installation found and checked; kept beside the engine, and believed later. */
export interface Made {
  /** The Java it is to run on; null for an engine without one. */
  readonly java: { readonly home: string; readonly version: string } | null;
  /** Files that were checked, with the hash or the lock they were checked by. */
  readonly verified: readonly string[];
  /** Files and folders its runner needs, by a name. */
  readonly paths: Readonly<Record<string, string>>;
}

export interface Cost {
  readonly downloadBytes: number;
  readonly installedBytes: number;
  /** On disk while it is being made. */
  readonly peakBytes: number;
  /** How long it takes, in words: `1 to 3 minutes`. */
  readonly time: string;
}

/** How an engine comes onto this machine. */
export interface Recipe {
  readonly engine: InstallableEngine;
  readonly version: string;
  readonly cost: Cost;
  /** Programs that making it takes, besides Python. */
  readonly programs: readonly string[];
  /** Texts that say all it is pinned by: with another one it is another installation. */
  pinned(): Promise<readonly string[]>;
  make(site: Site): Promise<Made>;
  /** Whether what was made can be used still; throws `engine_unavailable`. */
  check(made: Made): Promise<void>;
  /** Finds again what may have gone from the machine without the engine being damaged; a Java. */
  repair(site: Site, made: Made): Promise<Made>;
}
