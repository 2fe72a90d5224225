import { fileSystemProperties } from '../../workloads/model/trino-properties.js';

/**
 * The Hive catalog on Glue. Credentials come from the chain of the AWS SDK, which finds the role of the pod's
 * service account by itself; files are read, never written.
 */
export function hiveCatalog(version: string, region: string): Readonly<Record<string, string>> {
  return {
    'connector.name': 'hive',
    'hive.metastore': 'glue',
    'hive.metastore.glue.region': region,
    ...fileSystemProperties(version, 's3'),
    's3.region': region,
  };
}
