/** Something stored: its location, and how much it is. */
export interface StoredFile {
  readonly uri: string;
  readonly sizeBytes: number;
}

export interface WriteOptions {
  /**
   * Only where nothing is there yet: an object that exists is `exists`, and stays as it is (a plain write
   * replaces it). With S3 this is a conditional write, so that of two writers one is told.
   */
  readonly ifAbsent?: boolean;
  /** On the disk before the call returns, for what must outlive a loss of power. S3 always is. */
  readonly durable?: boolean;
}

/**
 * Folders of this machine, or prefixes of S3: the same calls for both. A reader sees a whole file or none.
 * Failures are FlowbenchErrors: `storage_read` and `storage_write`, retryable where another try may mend it
 * (each call has tried by itself for some seconds before it says so), `configuration` for what a person must
 * mend: no credentials, no access, no such bucket, another region.
 */
export interface Storage {
  /** Null where nothing is there. */
  read(uri: string): Promise<Buffer | null>;
  /** Null where nothing is there. */
  size(uri: string): Promise<number | null>;
  /** Everything below a folder, at any depth, in the order of locations; empty where there is no such folder. */
  list(folder: string): Promise<StoredFile[]>;
  write(uri: string, content: Buffer | string, options?: WriteOptions): Promise<'written' | 'exists'>;
  /** Puts a local file there, in parts where it is large. The local file stays. */
  upload(path: string, uri: string, options?: WriteOptions): Promise<'written' | 'exists'>;
  /** Brings it to a local file, whose folder must exist. Throws `storage_read` where nothing is there. */
  download(uri: string, path: string): Promise<void>;
  /** Nothing there is fine. */
  remove(uri: string): Promise<void>;
  /** Everything below a folder. */
  removeAll(folder: string): Promise<void>;
}
