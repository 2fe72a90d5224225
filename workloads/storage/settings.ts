import type { RetrySettings } from './retry-settings.js';

/**
 * How S3 is reached by this process. Told once, by the program that starts (which takes it from the
 * environment, as every AWS tool does), before the first `s3://` location is used.
 */
export interface S3Settings {
  /** Absent: the SDK finds it (AWS_REGION, the profile). */
  readonly region?: string;
  /** An S3-compatible server instead of AWS; buckets are then in the path. */
  readonly endpoint?: string;
  /** DuckDB's httpfs extension; absent: where `flowbench s3 install` puts it. */
  readonly httpfsFile?: string;
  /** How long calls try by themselves. */
  readonly retry?: Partial<RetrySettings>;
}

let current: S3Settings = {};

/** Call it once, at the start of a program. */
export function useS3(settings: S3Settings): void {
  current = settings;
}

export function s3Settings(): S3Settings {
  return current;
}
