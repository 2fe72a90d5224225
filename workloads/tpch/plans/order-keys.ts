import type { ScanStage, ShardPlan } from '../plan.js';
import { finishedInShard } from './order-boundary.js';

/**
 * Queries that decide about whole orders, whose lines may lie in several shards. Neighbouring row groups
 * go to one worker, so that few orders straddle.
 */
export const Q4: ShardPlan = {
  query: 'Q4', driver: 'lineitem', affinity: 'ordered',
  requires: [{ kind: 'unique_key', table: 'orders' }],
  pruning: [{ column: 'o_orderdate', from: '1993-07-01', to: '1993-09-30', via: 'ship_minus_order' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_commitdate', 'l_receiptdate'],
      orders: ['o_orderkey', 'o_orderdate', 'o_orderpriority'],
    },
    sql: () => `
select o_orderpriority, o_orderkey
from orders
where o_orderdate >= date '1993-07-01' and o_orderdate < date '1993-10-01'
  and o_orderkey in (select l_orderkey from lineitem where l_commitdate < l_receiptdate)`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => `
select o_orderpriority, count(distinct o_orderkey) as order_count
from stage_1
group by o_orderpriority
order by o_orderpriority`,
  },
};

const Q18_HAVING = 'sum(l_quantity) > 300';

export const Q18: ShardPlan = {
  query: 'Q18', driver: 'lineitem', requires: [], affinity: 'ordered', pruning: [],
  stages: [
    {
      id: 1, kind: 'scan', sideInputs: [], bucketBy: 'l_orderkey',
      reads: { lineitem: ['l_orderkey', 'l_quantity', 'l_shipdate'] },
      sql: (context) => {
        const finished = finishedInShard(context);
        return `
select l_orderkey, sum(l_quantity) as quantity
from lineitem
group by l_orderkey${finished === null ? '' : `
having ${Q18_HAVING} or not (${finished})`}`;
      },
    },
    {
      id: 2, kind: 'merge_bucket', fromStage: 1,
      sql: () => 'select l_orderkey, sum(quantity) as quantity from partials group by l_orderkey having sum(quantity) > 300',
    },
  ],
  final: {
    inputs: [2],
    reads: {
      orders: ['o_orderkey', 'o_custkey', 'o_orderdate', 'o_totalprice'],
      customer: ['c_custkey', 'c_name'],
    },
    sql: () => `
select c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(quantity) as sum_quantity
from stage_2, orders, customer
where o_orderkey = l_orderkey and c_custkey = o_custkey
group by c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice
order by o_totalprice desc, o_orderdate
limit 100`,
  },
};

const SAUDI_ARABIA = `select s_suppkey from supplier, nation where s_nationkey = n_nationkey and n_name = 'SAUDI ARABIA'`;

/** Orders in which a supplier of the nation was late, wherever the other lines of the order are. */
const Q21_CANDIDATES: ScanStage = {
  id: 1, kind: 'scan', sideInputs: [],
  reads: {
    lineitem: ['l_orderkey', 'l_suppkey', 'l_commitdate', 'l_receiptdate'],
    supplier: ['s_suppkey', 's_nationkey'],
    nation: ['n_nationkey', 'n_name'],
  },
  sql: () => `
select distinct l_orderkey
from lineitem
where l_receiptdate > l_commitdate and l_suppkey in (${SAUDI_ARABIA})`,
};

/**
 * Five values that can be merged tell of an order whether it has another supplier and whether one supplier
 * alone was late; they replace the query's two self-joins.
 */
const Q21_SUMMARY: ScanStage = {
  id: 2, kind: 'scan',
  reads: { lineitem: ['l_orderkey', 'l_suppkey', 'l_commitdate', 'l_receiptdate'] },
  sideInputs: [{
    name: 'candidates', fromStage: 1, reads: { orders: ['o_orderkey', 'o_orderstatus'] },
    reduceSql: `
select o_orderkey as orderkey
from orders
where o_orderstatus = 'F' and o_orderkey in (select l_orderkey from stage_1)`,
  }],
  sql: () => `
select l_orderkey, min(l_suppkey) as first_supplier, max(l_suppkey) as last_supplier,
  min(l_suppkey) filter (where l_receiptdate > l_commitdate) as first_late,
  max(l_suppkey) filter (where l_receiptdate > l_commitdate) as last_late,
  count(l_suppkey) filter (where l_receiptdate > l_commitdate) as late_lines
from lineitem
where l_orderkey in (select orderkey from candidates)
group by l_orderkey`,
};

export const Q21: ShardPlan = {
  query: 'Q21', driver: 'lineitem', affinity: 'ordered', pruning: [],
  // A repeated order would count its lines as often; the side input knows each key once.
  requires: [{ kind: 'unique_key', table: 'orders' }],
  stages: [Q21_CANDIDATES, Q21_SUMMARY],
  final: {
    inputs: [2],
    reads: { supplier: ['s_suppkey', 's_name', 's_nationkey'], nation: ['n_nationkey', 'n_name'] },
    sql: () => `
with waiting as (
  select min(first_late) as supplier_key, sum(late_lines) as late_lines
  from stage_2
  group by l_orderkey
  having min(first_late) = max(last_late) and min(first_supplier) <> max(last_supplier)
)
select s_name, cast(sum(late_lines) as bigint) as numwait
from waiting, supplier, nation
where s_suppkey = supplier_key and s_nationkey = n_nationkey and n_name = 'SAUDI ARABIA'
group by s_name
order by numwait desc, s_name
limit 100`,
  },
};
