/** An object that is to be written. */
export interface Put {
  readonly bucket: string;
  readonly key: string;
  readonly ifAbsent: boolean;
  /** Tells this write from any other. */
  readonly mark: string;
}

/** Metadata of an object that holds the mark of its write. */
export const WRITE_MARK = 'flowbench-write';

/** What is larger is sent in parts of this size; S3 takes none below 5 MiB but the last. */
export const PART_BYTES = 8 * 1024 * 1024;
