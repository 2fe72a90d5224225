/** Where the AWS calls of a command go. The SDK finds credentials itself (environment, profile, role). */
export interface CloudAccess {
  readonly region: string;
  /** An S3-compatible or emulated endpoint instead of AWS's own, for all services. */
  readonly endpoint?: string;
}

/** Options that every AWS client of ours is made with. */
export interface ClientOptions {
  readonly region: string;
  readonly maxAttempts: number;
  readonly endpoint?: string;
}

const MAX_ATTEMPTS = 6;

export function clientOptions(access: CloudAccess): ClientOptions {
  return { region: access.region, maxAttempts: MAX_ATTEMPTS, ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }) };
}

/** An emulator has no name per bucket: the bucket is in the path. */
export function bucketOptions(access: CloudAccess): ClientOptions & { readonly forcePathStyle: boolean } {
  return { ...clientOptions(access), forcePathStyle: access.endpoint !== undefined };
}
