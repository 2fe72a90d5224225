import { configurationError } from '../../model/errors.js';
import { fileSystemProperties, propertyLines, TRINO_QUERY_PROPERTIES } from '../../model/trino-properties.js';
import type { TrinoHeap } from '../../model/trino-memory.js';
import { usesMetadataCache } from '../variants.js';

/** Of what Trino knows of tables and files, nothing is kept from query to query, or all of it for longer than a run. */
const WITHOUT_METADATA_CACHE = { 'hive.metastore-stats-cache-ttl': '0s' } as const;
const WITH_METADATA_CACHE = {
  'hive.metastore-cache-ttl': '24h',
  'hive.metastore-stats-cache-ttl': '24h',
  'hive.file-status-cache-tables': '*',
  'hive.file-status-cache-expire-time': '24h',
  'hive.file-status-cache.max-retained-size': '64MB',
} as const;

export interface CatalogOptions {
  readonly version: string;
  readonly variant: string;
  /** Folder of the file metastore, on this machine. */
  readonly metastoreDir: string;
  /** Some table has folders within its folder. */
  readonly isNested: boolean;
  readonly s3: { readonly region: string; readonly endpoint?: string } | null;
}

/** The Hive catalog with its metastore in files of this machine. No key is among it: credentials come from the environment. */
export function localCatalog({ version, variant, metastoreDir, isNested, s3 }: CatalogOptions): Readonly<Record<string, string>> {
  return {
    'connector.name': 'hive',
    'hive.metastore': 'file',
    'hive.metastore.catalog.dir': `local://${metastoreDir}`,
    ...fileSystemProperties(version, 'local'),
    'local.location': '/',
    ...(usesMetadataCache(variant) ? WITH_METADATA_CACHE : WITHOUT_METADATA_CACHE),
    ...(isNested ? { 'hive.recursive-directories': 'true' } : {}),
    ...(s3 === null ? {} : { ...fileSystemProperties(version, 's3'), 's3.region': s3.region }),
    ...(s3?.endpoint === undefined ? {} : { 's3.endpoint': s3.endpoint, 's3.path-style-access': 'true' }),
  };
}

/** `config.properties` of a server that is coordinator and worker in one. */
export function serverConfig(port: number, memory: TrinoHeap): Readonly<Record<string, string>> {
  return {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': String(port),
    'discovery.uri': `http://127.0.0.1:${port}`,
    'node.internal-address': '127.0.0.1',
    'catalog.management': 'static',
    'query.max-memory': `${memory.maxMemoryPerNodeMib}MB`,
    'query.max-memory-per-node': `${memory.maxMemoryPerNodeMib}MB`,
    'memory.heap-headroom-per-node': `${memory.heapHeadroomMib}MB`,
    ...TRINO_QUERY_PROPERTIES,
  };
}

/** Sets of settings: as it comes, but for what its memory and this machine ask for. */
export const TRINO_TIERS = ['default'] as const;

/** Throws a configuration error for a tier there is none of. */
export function checkTier(tier: string): void {
  if (!TRINO_TIERS.some((known) => known === tier)) throw configurationError([`Unknown tier "${tier}" of trino.`], `Known tiers: ${TRINO_TIERS.join(', ')}.`);
}

export function propertiesFile(properties: Readonly<Record<string, string>>): string {
  return `${propertyLines(properties).join('\n')}\n`;
}
