import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset';
import { BigqueryDatasetIamMember } from '@cdktf/provider-google/lib/bigquery-dataset-iam-member';
import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table';
import { BigqueryTableIamMember } from '@cdktf/provider-google/lib/bigquery-table-iam-member';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { RESULT_ROWS_TABLE, RESULT_TABLES, type ResultTable, RUN_RECORDS_TABLE, viewQuery } from '../../workloads/model/bigquery-schema.js';

export interface ResultTablesProps {
  /** Id of the Google Cloud project. */
  readonly projectId: string;
  readonly datasetId: string;
  readonly location: string;
  readonly publicRead: boolean;
  readonly deleteOnDestroy: boolean;
  /** What a destroy must not reach before the tables are gone: a refused one then stops at the tables. */
  readonly after: readonly ITerraformDependable[];
}

/** The dataset, a partitioned and clustered table per contract, and over each the view that shows a row once. */
export class ResultTables extends Construct {
  readonly datasetId: string;
  private readonly tables: ReadonlyMap<ResultTable, BigqueryTable>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ResultTablesProps,
  ) {
    super(scope, id);
    const dataset = new BigqueryDataset(this, 'Dataset', {
      project: props.projectId,
      datasetId: props.datasetId,
      location: props.location,
      description: 'Results of flowbench; derived from TPC-H, not comparable to published TPC-H results.',
      deleteContentsOnDestroy: props.deleteOnDestroy,
    });
    this.datasetId = dataset.datasetId;
    this.tables = new Map(RESULT_TABLES.map((table) => [table, this.makeTable(table)]));
    if (props.publicRead) {
      new BigqueryDatasetIamMember(this, 'PublicRead', {
        project: props.projectId,
        datasetId: dataset.datasetId,
        role: 'roles/bigquery.dataViewer',
        member: 'allAuthenticatedUsers',
      });
    }
  }

  /** Read and append to the two tables, nothing else in the dataset. Role: bigquery.dataEditor, on each table. */
  grantAppend(id: string, member: string): void {
    for (const [{ tableId }, table] of this.tables) {
      new BigqueryTableIamMember(this, `${id}-${tableId}`, {
        project: this.props.projectId,
        datasetId: this.datasetId,
        tableId: table.tableId,
        role: 'roles/bigquery.dataEditor',
        member,
      });
    }
  }

  private makeTable(table: ResultTable): BigqueryTable {
    const { projectId, deleteOnDestroy, after } = this.props;
    const resource = new BigqueryTable(this, NAMES.get(table) ?? table.tableId, {
      project: projectId,
      datasetId: this.datasetId,
      tableId: table.tableId,
      description: table.description,
      schema: JSON.stringify(table.fields),
      timePartitioning: { type: 'DAY', field: table.partitionedBy },
      clustering: [...table.clusteredBy],
      deletionProtection: !deleteOnDestroy,
      dependsOn: [...after],
    });
    new BigqueryTable(this, `${NAMES.get(table) ?? table.tableId}Once`, {
      project: projectId,
      datasetId: this.datasetId,
      tableId: table.viewId,
      description: `${table.description.split(',')[0] ?? ''}, each shown once.`,
      view: { query: viewQuery(table, `${projectId}.${this.datasetId}`), useLegacySql: false },
      // Nothing is lost with a view.
      deletionProtection: false,
      dependsOn: [resource],
    });
    return resource;
  }
}

const NAMES: ReadonlyMap<ResultTable, string> = new Map([
  [RESULT_ROWS_TABLE, 'Rows'],
  [RUN_RECORDS_TABLE, 'Runs'],
]);
