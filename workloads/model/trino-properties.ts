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

/** Trino's own file systems, by the names they have in a release. */
const FILE_SYSTEMS: Readonly<Record<'s3' | 'local', readonly ReleasedProperty[]>> = {
  s3: [
    { name: 'fs.native-s3.enabled', until: 480, source: 'trinodb/trino#29070, first in 481' },
    { name: 'fs.s3.enabled', since: 481, source: 'trinodb/trino#29070, first in 481' },
  ],
  local: [
    { name: 'fs.native-local.enabled', until: 480, source: 'trinodb/trino#29070, first in 481' },
    { name: 'fs.local.enabled', since: 481, source: 'trinodb/trino#29070, first in 481' },
  ],
};

/** Names that earlier or later releases take, and that recipes still show. */
const OTHERS: readonly ReleasedProperty[] = [
  { name: 'fs.hadoop.enabled', until: 480, source: 'Trino 481 release notes' },
  { name: 'hive.s3.path-style-access', until: 480, source: 'Trino 481 release notes' },
  { name: 'hive.max-initial-splits', until: 481, source: 'Trino 482 release notes' },
  { name: 's3.auth-type', since: 483, source: 'Trino 483 release notes' },
  { name: 's3.use-web-identity-token-credentials-provider', until: 482, source: 'Trino 483 release notes' },
];

export const TRINO_PROPERTIES: readonly ReleasedProperty[] = [...FILE_SYSTEMS.s3, ...FILE_SYSTEMS.local, ...OTHERS];

/** Whether a release takes a property; one that never moved it does. */
export function takesProperty(release: number, name: string): boolean {
  const known = TRINO_PROPERTIES.find((property) => property.name === name);
  return known === undefined || (release >= (known.since ?? 0) && release <= (known.until ?? Infinity));
}

/** One sentence for a version that is no release whose property names are known. */
export function trinoReleaseProblems(version: string): string[] {
  const release = Number(version);
  if (Number.isInteger(release) && release >= TRINO_RELEASES.oldest && release <= TRINO_RELEASES.newest) return [];
  return [`trinoVersion "${version}" is no release whose property names are known; use one from ${TRINO_RELEASES.oldest} to ${TRINO_RELEASES.newest}.`];
}

/** Switches on one of Trino's own file systems, by the name that the release has for it. */
export function fileSystemProperties(version: string, fileSystem: 's3' | 'local'): Readonly<Record<string, string>> {
  const release = Number(version);
  return Object.fromEntries(FILE_SYSTEMS[fileSystem].filter(({ name }) => takesProperty(release, name)).map(({ name }) => [name, 'true']));
}

/** What coordinator and workers are told beside memory: no retries and no spilling, so that running out of memory is a result. */
export const TRINO_QUERY_PROPERTIES = { 'retry-policy': 'NONE', 'spill-enabled': 'false' } as const;

/** The lines of a properties file. */
export function propertyLines(properties: Readonly<Record<string, string>>): string[] {
  return Object.entries(properties).map(([name, value]) => `${name}=${value}`);
}
