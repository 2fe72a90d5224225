/** What an image says of itself. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `1000:1000`. */
  readonly user: string;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  /** Hash of all that it was made from. */
  readonly content: string;
}

export interface AssembleOptions {
  /** An unpacked package (default: one packed now from the built tree). */
  readonly packageRoot?: string;
  /** Where what was fetched is kept (default: flowbench's cache). */
  readonly cache?: string;
  readonly say?: (line: string) => void;
}

export function assembleImage(image: 'flow-worker' | 'coordinator', folder: string, options?: AssembleOptions): Promise<ImageConfig>;
export function environmentFrom(folder: string, config: Pick<ImageConfig, 'env'>): Record<string, string>;
