import type { QueryId } from '../model/queries.js';

/**
 * How the answer of each query is compared, column by column (TPC-H 3.0.1 clause 2.1.3.5 and the precision
 * classes that its data generator ships):
 * `key` strings, dates, keys and decimals copied from a table, equal exactly; `count` a COUNT, exact;
 * `sum` a SUM of money, within $100 by the specification; `exact_sum` a SUM the specification wants exact;
 * `avg` and `ratio` within 1 % by the specification.
 */
export type ColumnClass = 'key' | 'count' | 'sum' | 'exact_sum' | 'avg' | 'ratio';

export interface AnswerPolicy {
  readonly columns: readonly { readonly name: string; readonly class: ColumnClass }[];
  /** Empty where the query has a single row. */
  readonly orderBy: readonly { readonly column: string; readonly direction: 'asc' | 'desc' }[];
  readonly limit: number | null;
}

const POLICIES: Readonly<Record<QueryId, AnswerPolicy>> = {
  Q1: policy(
    'l_returnflag:key l_linestatus:key sum_qty:exact_sum sum_base_price:sum sum_disc_price:sum sum_charge:sum avg_qty:avg avg_price:avg avg_disc:avg count_order:count',
    'l_returnflag l_linestatus',
  ),
  Q2: policy('s_acctbal:key s_name:key n_name:key p_partkey:key p_mfgr:key s_address:key s_phone:key s_comment:key', 's_acctbal:desc n_name s_name p_partkey', 100),
  Q3: policy('l_orderkey:key revenue:sum o_orderdate:key o_shippriority:key', 'revenue:desc o_orderdate', 10),
  Q4: policy('o_orderpriority:key order_count:count', 'o_orderpriority'),
  Q5: policy('n_name:key revenue:sum', 'revenue:desc'),
  Q6: policy('revenue:sum', ''),
  Q7: policy('supp_nation:key cust_nation:key l_year:key revenue:sum', 'supp_nation cust_nation l_year'),
  Q8: policy('o_year:key mkt_share:ratio', 'o_year'),
  Q9: policy('nation:key o_year:key sum_profit:sum', 'nation o_year:desc'),
  Q10: policy('c_custkey:key c_name:key revenue:sum c_acctbal:key n_name:key c_address:key c_phone:key c_comment:key', 'revenue:desc', 20),
  Q11: policy('ps_partkey:key value:sum', 'value:desc'),
  Q12: policy('l_shipmode:key high_line_count:exact_sum low_line_count:exact_sum', 'l_shipmode'),
  Q13: policy('c_count:count custdist:count', 'custdist:desc c_count:desc'),
  Q14: policy('promo_revenue:ratio', ''),
  Q15: policy('s_suppkey:key s_name:key s_address:key s_phone:key total_revenue:sum', 's_suppkey'),
  Q16: policy('p_brand:key p_type:key p_size:key supplier_cnt:count', 'supplier_cnt:desc p_brand p_type p_size'),
  Q17: policy('avg_yearly:avg', ''),
  Q18: policy('c_name:key c_custkey:key o_orderkey:key o_orderdate:key o_totalprice:key sum_quantity:exact_sum', 'o_totalprice:desc o_orderdate', 100),
  Q19: policy('revenue:sum', ''),
  Q20: policy('s_name:key s_address:key', 's_name'),
  Q21: policy('s_name:key numwait:count', 'numwait:desc s_name', 100),
  Q22: policy('cntrycode:key numcust:count totacctbal:sum', 'cntrycode'),
};

/** How answers to a query are compared. */
export function answerPolicy(id: QueryId): AnswerPolicy {
  return POLICIES[id];
}

/** `columns` as `name:class …`, `orderBy` as `name[:desc] …`. */
function policy(columns: string, orderBy: string, limit: number | null = null): AnswerPolicy {
  return {
    columns: columns.split(' ').map((text) => {
      const [name = '', columnClass] = text.split(':');
      return { name, class: columnClass as ColumnClass };
    }),
    orderBy: orderBy.split(' ').filter((text) => text !== '').map((text) => {
      const [column = '', direction] = text.split(':');
      return { column, direction: direction === 'desc' ? 'desc' : 'asc' };
    }),
    limit,
  };
}
