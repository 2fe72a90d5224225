import type { Agent } from 'node:http';
import type { SecureContextOptions } from 'node:tls';

/** How one request shows who we are, and how it knows the server. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: SecureContextOptions & { readonly rejectUnauthorized?: boolean; readonly servername?: string };
  /** Where requests have to go through a proxy. */
  readonly agent?: Agent;
}

/** A cluster's API server, and our right to call it. */
export interface ClusterConnection {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Asked before every request: tokens are renewed on disk, or by a program, while a run goes on. */
  authorize(): Promise<Authorization>;
  /** Forgets what {@link authorize} keeps: the server did not know us any more. */
  renew(): Promise<void>;
}
