import { type GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database';
import { type IGrantee } from '../identity/grantee.js';

const READ = [
  'glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition', 'glue:GetColumnStatisticsForTable',
];
/** ANALYZE writes row counts into the table's parameters (UpdateTable) and the rest as statistics of its columns. */
const WRITE_STATISTICS = ['glue:UpdateTable', 'glue:UpdateColumnStatisticsForTable', 'glue:DeleteColumnStatisticsForTable'];

/**
 * Lets a workload read these databases and write the statistics of their tables; Glue asks for the right on the
 * catalog and the database of each table as well. Nothing can be created or deleted.
 */
export function grantGlue(grantee: IGrantee, region: string, databases: readonly GlueCatalogDatabase[]): void {
  const catalogs = databases.slice(0, 1).map((database) => arn(region, database, 'catalog'));
  const resources = [
    ...catalogs,
    ...databases.map((database) => arn(region, database, `database/${database.name}`)),
    ...databases.map((database) => arn(region, database, `table/${database.name}/*`)),
  ];
  grantee.addToPolicy({ sid: 'ReadCatalog', actions: READ, resources });
  grantee.addToPolicy({ sid: 'WriteStatistics', actions: WRITE_STATISTICS, resources });
}

/** A catalog's id is the number of its account. */
function arn(region: string, database: GlueCatalogDatabase, resource: string): string {
  return `arn:aws:glue:${region}:${database.catalogId}:${resource}`;
}
