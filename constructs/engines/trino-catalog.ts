/**
 * Trino refuses to start on a property that its release does not know ("was not used"), and names move between
 * releases. Each name that moved stands here with the releases that take it and where that is said.
 */
interface ReleasedProperty {
  readonly name: string;
  /** First and last release that take the name; absent: older than, or not yet gone from, those that are known here. */
  readonly since?: number;
  readonly until?: number;
  readonly source: string;
}

/** The oldest and the newest release whose property names are known here. */
export const TRINO_RELEASES = { oldest: 476, newest: 483 } as const;

/** S3 through Trino's own file system, by the name it has in a release. */
const NATIVE_S3: readonly ReleasedProperty[] = [
  { name: 'fs.native-s3.enabled', until: 480, source: 'trinodb/trino#29070, first in 481' },
  { name: 'fs.s3.enabled', since: 481, source: 'trinodb/trino#29070, first in 481' },
];

/** Names that earlier or later releases take, and that recipes still show. */
const OTHERS: readonly ReleasedProperty[] = [
  { name: 'fs.hadoop.enabled', until: 480, source: 'Trino 481 release notes' },
  { name: 'hive.s3.path-style-access', until: 480, source: 'Trino 481 release notes' },
  { name: 'hive.max-initial-splits', until: 481, source: 'Trino 482 release notes' },
  { name: 's3.auth-type', since: 483, source: 'Trino 483 release notes' },
  { name: 's3.use-web-identity-token-credentials-provider', until: 482, source: 'Trino 483 release notes' },
];

export const TRINO_PROPERTIES: readonly ReleasedProperty[] = [...NATIVE_S3, ...OTHERS];

/** Whether a release takes a property; one that never moved it does. */
export function takesProperty(release: number, name: string): boolean {
  const known = TRINO_PROPERTIES.find((property) => property.name === name);
  return known === undefined || (release >= (known.since ?? 0) && release <= (known.until ?? Infinity));
}

export function trinoReleaseProblems(version: string): string[] {
  const release = Number(version);
  if (Number.isInteger(release) && release >= TRINO_RELEASES.oldest && release <= TRINO_RELEASES.newest) return [];
  return [`trinoVersion "${version}" is no release whose property names are known; use one from ${TRINO_RELEASES.oldest} to ${TRINO_RELEASES.newest}.`];
}

/**
 * The Hive catalog on Glue. Credentials come from the chain of the AWS SDK, which finds the role of the pod's
 * service account by itself; files are read, never written.
 */
export function hiveCatalog(version: string, region: string): Readonly<Record<string, string>> {
  const release = Number(version);
  const nativeS3 = NATIVE_S3.filter((property) => takesProperty(release, property.name)).map((property) => [property.name, 'true'] as const);
  return {
    'connector.name': 'hive',
    'hive.metastore': 'glue',
    'hive.metastore.glue.region': region,
    ...Object.fromEntries(nativeS3),
    's3.region': region,
  };
}

/** What coordinator and workers are told beside memory: no retries and no spilling, so that running out of memory is a result. */
export const QUERY_PROPERTIES = { 'retry-policy': 'NONE', 'spill-enabled': 'false' } as const;

export function propertyLines(properties: Readonly<Record<string, string>>): string[] {
  return Object.entries(properties).map(([name, value]) => `${name}=${value}`);
}
