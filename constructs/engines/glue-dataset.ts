import { GlueCatalogDatabase } from '@cdktf/provider-aws/lib/glue-catalog-database';
import { GlueCatalogTable } from '@cdktf/provider-aws/lib/glue-catalog-table';
import { Construct } from 'constructs';
import { TPCH_LABEL } from '../../workloads/model/names.js';
import { TABLE_NAMES, type TableName, TPCH_SCHEMA, type TpchType } from '../../workloads/tpch/schema.js';

/** How money and quantities are stored: as TPC-H has them, or as the doubles of a derived dataset. */
export type Numeric = 'decimal' | 'double';

export interface GlueDatasetProps {
  readonly databaseName: string;
  readonly bucketName: string;
  /** Folder of the dataset in its bucket, such as tpch/sf10. */
  readonly prefix: string;
  readonly numeric: Numeric;
}

const GLUE_TYPES: Readonly<Record<Numeric, Readonly<Record<TpchType, string>>>> = {
  decimal: { BIGINT: 'bigint', INTEGER: 'int', 'DECIMAL(15,2)': 'decimal(15,2)', VARCHAR: 'string', DATE: 'date' },
  double: { BIGINT: 'bigint', INTEGER: 'int', 'DECIMAL(15,2)': 'double', VARCHAR: 'string', DATE: 'date' },
};

/** Columns of a table as Glue names their types. Text is `string`: a char or a bounded varchar compares trailing blanks. */
export function glueColumns(table: TableName, numeric: Numeric): { readonly name: string; readonly type: string }[] {
  return TPCH_SCHEMA[table].columns.map(([name, type]) => ({ name, type: GLUE_TYPES[numeric][type] }));
}

/** What ANALYZE rewrites with the statistics: none of it is ours to put back. */
const WRITTEN_BY_ANALYZE = ['parameters', 'owner', 'storage_descriptor[0].parameters', 'storage_descriptor[0].ser_de_info[0].parameters'];

/**
 * A Glue database with the eight tables of one dataset, over the files where they lie. Metadata only: it costs
 * nothing, needs neither the bucket nor the files, and destroying it deletes no data. A catalog belongs to one
 * account and region.
 */
export class GlueDataset extends Construct {
  readonly database: GlueCatalogDatabase;

  constructor(scope: Construct, id: string, props: GlueDatasetProps) {
    super(scope, id);
    this.database = new GlueCatalogDatabase(this, 'Database', { name: props.databaseName, description: `${props.prefix}; ${TPCH_LABEL}` });
    for (const table of TABLE_NAMES) this.table(table, props);
  }

  private table(table: TableName, props: GlueDatasetProps): void {
    new GlueCatalogTable(this, table, {
      databaseName: this.database.name,
      name: table,
      tableType: 'EXTERNAL_TABLE',
      parameters: { EXTERNAL: 'TRUE', classification: 'parquet' },
      storageDescriptor: {
        location: `s3://${props.bucketName}/${props.prefix}/${table}/`,
        inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
        outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
        columns: glueColumns(table, props.numeric),
        serDeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
      },
      lifecycle: { ignoreChanges: WRITTEN_BY_ANALYZE },
    });
  }
}
