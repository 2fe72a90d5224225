/** Keys of S3 as they are valid for a while. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Absent: they do not expire. */
  readonly expiresAt?: Date;
}

/** What any program needs to reach S3. */
export interface S3Reach {
  readonly region: string;
  /** `http://127.0.0.1:7070` of an S3-compatible server; absent: AWS's own. */
  readonly endpoint?: string;
  /** Those valid now: asked again before they expire. */
  credentials(): Promise<S3Credentials>;
}

/** What an embedded engine needs to read `s3://` by itself. */
export interface S3Access extends S3Reach {
  /** File of DuckDB's httpfs extension: it is loaded from there and never fetched. */
  readonly extensionFile: string;
  /** Certificates of the authorities to trust; absent: those of the system. */
  readonly authoritiesFile?: string;
}
