/** TPC-H tables, columns, types and keys (TPC-H specification 3.0.1, clause 1.4). */
export const TABLE_NAMES = ['region', 'nation', 'supplier', 'part', 'partsupp', 'customer', 'orders', 'lineitem'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export type TpchType = 'BIGINT' | 'INTEGER' | 'DECIMAL(15,2)' | 'VARCHAR' | 'DATE';

export interface TableSchema {
  readonly columns: readonly (readonly [name: string, type: TpchType])[];
  readonly primaryKey: readonly string[];
  /** Rows at scale factor 1; `fixed` tables do not grow, lineitem's count is approximate. */
  readonly rowsAtScale1: number;
  readonly fixed: boolean;
}

const MONEY = 'DECIMAL(15,2)';

export const TPCH_SCHEMA: Readonly<Record<TableName, TableSchema>> = {
  region: {
    columns: [['r_regionkey', 'BIGINT'], ['r_name', 'VARCHAR'], ['r_comment', 'VARCHAR']],
    primaryKey: ['r_regionkey'], rowsAtScale1: 5, fixed: true,
  },
  nation: {
    columns: [['n_nationkey', 'BIGINT'], ['n_name', 'VARCHAR'], ['n_regionkey', 'BIGINT'], ['n_comment', 'VARCHAR']],
    primaryKey: ['n_nationkey'], rowsAtScale1: 25, fixed: true,
  },
  supplier: {
    columns: [
      ['s_suppkey', 'BIGINT'], ['s_name', 'VARCHAR'], ['s_address', 'VARCHAR'], ['s_nationkey', 'BIGINT'],
      ['s_phone', 'VARCHAR'], ['s_acctbal', MONEY], ['s_comment', 'VARCHAR'],
    ],
    primaryKey: ['s_suppkey'], rowsAtScale1: 10_000, fixed: false,
  },
  part: {
    columns: [
      ['p_partkey', 'BIGINT'], ['p_name', 'VARCHAR'], ['p_mfgr', 'VARCHAR'], ['p_brand', 'VARCHAR'], ['p_type', 'VARCHAR'],
      ['p_size', 'INTEGER'], ['p_container', 'VARCHAR'], ['p_retailprice', MONEY], ['p_comment', 'VARCHAR'],
    ],
    primaryKey: ['p_partkey'], rowsAtScale1: 200_000, fixed: false,
  },
  partsupp: {
    columns: [
      ['ps_partkey', 'BIGINT'], ['ps_suppkey', 'BIGINT'], ['ps_availqty', 'INTEGER'], ['ps_supplycost', MONEY], ['ps_comment', 'VARCHAR'],
    ],
    primaryKey: ['ps_partkey', 'ps_suppkey'], rowsAtScale1: 800_000, fixed: false,
  },
  customer: {
    columns: [
      ['c_custkey', 'BIGINT'], ['c_name', 'VARCHAR'], ['c_address', 'VARCHAR'], ['c_nationkey', 'BIGINT'],
      ['c_phone', 'VARCHAR'], ['c_acctbal', MONEY], ['c_mktsegment', 'VARCHAR'], ['c_comment', 'VARCHAR'],
    ],
    primaryKey: ['c_custkey'], rowsAtScale1: 150_000, fixed: false,
  },
  orders: {
    columns: [
      ['o_orderkey', 'BIGINT'], ['o_custkey', 'BIGINT'], ['o_orderstatus', 'VARCHAR'], ['o_totalprice', MONEY], ['o_orderdate', 'DATE'],
      ['o_orderpriority', 'VARCHAR'], ['o_clerk', 'VARCHAR'], ['o_shippriority', 'INTEGER'], ['o_comment', 'VARCHAR'],
    ],
    primaryKey: ['o_orderkey'], rowsAtScale1: 1_500_000, fixed: false,
  },
  lineitem: {
    columns: [
      ['l_orderkey', 'BIGINT'], ['l_partkey', 'BIGINT'], ['l_suppkey', 'BIGINT'], ['l_linenumber', 'INTEGER'], ['l_quantity', MONEY],
      ['l_extendedprice', MONEY], ['l_discount', MONEY], ['l_tax', MONEY], ['l_returnflag', 'VARCHAR'], ['l_linestatus', 'VARCHAR'],
      ['l_shipdate', 'DATE'], ['l_commitdate', 'DATE'], ['l_receiptdate', 'DATE'], ['l_shipinstruct', 'VARCHAR'],
      ['l_shipmode', 'VARCHAR'], ['l_comment', 'VARCHAR'],
    ],
    primaryKey: ['l_orderkey', 'l_linenumber'], rowsAtScale1: 6_001_215, fixed: false,
  },
};

/** The column whose order the layout keeps, where a table has one. */
export const CLUSTERING_KEY: Readonly<Partial<Record<TableName, string>>> = { lineitem: 'l_shipdate' };

/** Foreign keys of the suite by the name under which the manifest records whether they hold. */
export const FOREIGN_KEYS: readonly { readonly name: string; readonly from: TableName; readonly columns: readonly string[]; readonly to: TableName; readonly toColumns: readonly string[] }[] = [
  foreignKey('lineitem', ['l_orderkey'], 'orders', ['o_orderkey']),
  foreignKey('lineitem', ['l_partkey', 'l_suppkey'], 'partsupp', ['ps_partkey', 'ps_suppkey']),
  foreignKey('orders', ['o_custkey'], 'customer', ['c_custkey']),
  foreignKey('partsupp', ['ps_partkey'], 'part', ['p_partkey']),
  foreignKey('partsupp', ['ps_suppkey'], 'supplier', ['s_suppkey']),
  foreignKey('supplier', ['s_nationkey'], 'nation', ['n_nationkey']),
  foreignKey('customer', ['c_nationkey'], 'nation', ['n_nationkey']),
  foreignKey('nation', ['n_regionkey'], 'region', ['r_regionkey']),
];

function foreignKey(from: TableName, columns: readonly string[], to: TableName, toColumns: readonly string[]) {
  return { name: `${from}.${columns.join('+')}->${to}.${toColumns.join('+')}`, from, columns, to, toColumns };
}
