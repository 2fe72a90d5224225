import { type Mount } from './sandbox.js';

/** What stands for an image: folders of this machine, and what the image sets. */
export interface ProcessImage {
  readonly mounts: readonly Mount[];
  /** `PATH` among it: its folders come before those of the base system. */
  readonly environment: Readonly<Record<string, string>>;
  /** What runs where the manifest names no command. */
  readonly entrypoint?: readonly string[];
  readonly workingDir?: string;
  /** No process at all: the pod ends well after this time. For numbers of pods that no machine has room for. */
  readonly simulatedMs?: number;
}

/** Image reference as in a manifest → image. */
export type ImageMap = ReadonlyMap<string, ProcessImage>;

export const BASE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
