import { exactAverage } from './exact-average.js';
import type { Invariants } from '../../model/manifest.js';
import type { ShardPlan } from '../plan.js';

/**
 * Queries that group lines by a key which any shard may hold, or that meet another table only after the
 * merge. Every group is shipped: a shard that kept
 * only its own best groups, or compared its own part of a sum with a threshold, would decide on numbers
 * that are not final.
 */
const REVENUE = 'sum(l_extendedprice * (1 - l_discount))';

export const Q3: ShardPlan = {
  query: 'Q3', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [
    { column: 'l_shipdate', from: '1995-03-16' },
    { column: 'o_orderdate', to: '1995-03-14', via: 'ship_minus_order' },
  ],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_extendedprice', 'l_discount', 'l_shipdate'],
      orders: ['o_orderkey', 'o_custkey', 'o_orderdate', 'o_shippriority'],
      customer: ['c_custkey', 'c_mktsegment'],
    },
    sql: () => `
select l_orderkey, o_orderdate, o_shippriority, ${REVENUE} as revenue
from customer, orders, lineitem
where c_mktsegment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey
  and o_orderdate < date '1995-03-15' and l_shipdate > date '1995-03-15'
group by l_orderkey, o_orderdate, o_shippriority`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => `
select l_orderkey, sum(revenue) as revenue, o_orderdate, o_shippriority
from stage_1
group by l_orderkey, o_orderdate, o_shippriority
order by revenue desc, o_orderdate
limit 10`,
  },
};

const Q10_COLUMNS = 'c_custkey, c_name, revenue, c_acctbal, n_name, c_address, c_phone, c_comment';

/** Whether every order has exactly one customer and every customer exactly one nation. */
function customersProven(invariants: Invariants): boolean {
  return invariants.unique_keys.customer === true && invariants.unique_keys.nation === true
    && invariants.foreign_keys['orders.o_custkey->customer.c_custkey'] === true
    && invariants.foreign_keys['customer.c_nationkey->nation.n_nationkey'] === true;
}

export const Q10: ShardPlan = {
  query: 'Q10', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'o_orderdate', from: '1993-10-01', to: '1993-12-31', via: 'ship_minus_order' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_extendedprice', 'l_discount', 'l_returnflag'],
      orders: ['o_orderkey', 'o_custkey', 'o_orderdate'],
    },
    sql: () => `
select o_custkey, ${REVENUE} as revenue
from orders, lineitem
where l_orderkey = o_orderkey
  and o_orderdate >= date '1993-10-01' and o_orderdate < date '1994-01-01'
  and l_returnflag = 'R'
group by o_custkey`,
  }],
  final: {
    inputs: [1],
    reads: {
      customer: ['c_custkey', 'c_name', 'c_nationkey', 'c_acctbal', 'c_address', 'c_phone', 'c_comment'],
      nation: ['n_nationkey', 'n_name'],
    },
    // The twenty best are picked before the join only where the join can neither lose nor repeat a customer.
    sql: ({ invariants }) => customersProven(invariants)
      ? `
with best as (
  select o_custkey, sum(revenue) as revenue from stage_1 group by o_custkey order by revenue desc limit 20
)
select ${Q10_COLUMNS}
from best, customer, nation
where c_custkey = o_custkey and c_nationkey = n_nationkey
order by revenue desc`
      : `
select c_custkey, c_name, sum(revenue) as revenue, c_acctbal, n_name, c_address, c_phone, c_comment
from stage_1, customer, nation
where c_custkey = o_custkey and c_nationkey = n_nationkey
group by c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment
order by revenue desc
limit 20`,
  },
};

export const Q12: ShardPlan = {
  query: 'Q12', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [
    { column: 'l_receiptdate', from: '1994-01-01', to: '1994-12-31', via: 'receipt_minus_ship' },
    // From the query's own l_shipdate < l_commitdate < l_receiptdate < 1995-01-01.
    { column: 'l_shipdate', to: '1994-12-29' },
  ],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { lineitem: ['l_orderkey', 'l_shipmode', 'l_shipdate', 'l_commitdate', 'l_receiptdate'] },
    // One line in two hundred qualifies: shipping those costs less than every worker reading all orders.
    sql: () => `
select l_shipmode, l_orderkey
from lineitem
where l_shipmode in ('MAIL', 'SHIP')
  and l_commitdate < l_receiptdate and l_shipdate < l_commitdate
  and l_receiptdate >= date '1994-01-01' and l_receiptdate < date '1995-01-01'`,
  }],
  final: {
    inputs: [1],
    reads: { orders: ['o_orderkey', 'o_orderpriority'] },
    sql: () => `
select l_shipmode,
  sum(case when o_orderpriority = '1-URGENT' or o_orderpriority = '2-HIGH' then 1 else 0 end) as high_line_count,
  sum(case when o_orderpriority <> '1-URGENT' and o_orderpriority <> '2-HIGH' then 1 else 0 end) as low_line_count
from stage_1, orders
where o_orderkey = l_orderkey
group by l_shipmode
order by l_shipmode`,
  },
};

export const Q15: ShardPlan = {
  query: 'Q15', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'l_shipdate', from: '1996-01-01', to: '1996-03-31' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { lineitem: ['l_suppkey', 'l_extendedprice', 'l_discount', 'l_shipdate'] },
    sql: () => `
select l_suppkey, ${REVENUE} as total_revenue
from lineitem
where l_shipdate >= date '1996-01-01' and l_shipdate < date '1996-04-01'
group by l_suppkey`,
  }],
  final: {
    inputs: [1],
    reads: { supplier: ['s_suppkey', 's_name', 's_address', 's_phone'] },
    // Materialised: the largest sum must equal itself, also where doubles are added in another order.
    sql: () => `
with revenue as materialized (
  select l_suppkey as supplier_no, sum(total_revenue) as total_revenue from stage_1 group by l_suppkey
)
select s_suppkey, s_name, s_address, s_phone, total_revenue
from supplier, revenue
where s_suppkey = supplier_no and total_revenue = (select max(total_revenue) from revenue)
order by s_suppkey`,
  },
};

export const Q17: ShardPlan = {
  query: 'Q17', driver: 'lineitem', requires: [], affinity: 'spread', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { lineitem: ['l_partkey', 'l_quantity', 'l_extendedprice'], part: ['p_partkey', 'p_brand', 'p_container'] },
    // Lines per part and quantity are all that the average and the sum below a threshold need.
    sql: () => `
select l_partkey, l_quantity, sum(l_extendedprice) as price, count(l_quantity) as line_count
from lineitem, part
where p_partkey = l_partkey and p_brand = 'Brand#23' and p_container = 'MED BOX'
group by l_partkey, l_quantity`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: ({ numeric }) => `
with thresholds as (
  select l_partkey as partkey, 0.2 * (${exactAverage('sum(l_quantity * line_count)', 'sum(line_count)', numeric)}) as threshold
  from stage_1
  group by l_partkey
)
select sum(price) / 7.0 as avg_yearly
from stage_1, thresholds
where l_partkey = partkey and l_quantity < threshold`,
  },
};

const CANADA = `select s_suppkey from supplier, nation where s_nationkey = n_nationkey and n_name = 'CANADA'`;

export const Q20: ShardPlan = {
  query: 'Q20', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'l_shipdate', from: '1994-01-01', to: '1994-12-31' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_partkey', 'l_suppkey', 'l_quantity', 'l_shipdate'],
      part: ['p_partkey', 'p_name'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_name'],
    },
    sql: () => `
select l_partkey, l_suppkey, sum(l_quantity) as quantity
from lineitem
where l_partkey in (select p_partkey from part where p_name like 'forest%')
  and l_suppkey in (${CANADA})
  and l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'
group by l_partkey, l_suppkey`,
  }],
  final: {
    inputs: [1],
    reads: {
      partsupp: ['ps_partkey', 'ps_suppkey', 'ps_availqty'],
      supplier: ['s_suppkey', 's_name', 's_address', 's_nationkey'],
      nation: ['n_nationkey', 'n_name'],
    },
    // A part that was not shipped has no group here, as its NULL sum fails the comparison in the query.
    sql: () => `
with shipped as (
  select l_partkey, l_suppkey, sum(quantity) as quantity from stage_1 group by l_partkey, l_suppkey
)
select s_name, s_address
from supplier, nation
where s_suppkey in (
    select ps_suppkey
    from partsupp, shipped
    where ps_partkey = l_partkey and ps_suppkey = l_suppkey and ps_availqty > 0.5 * quantity
  )
  and s_nationkey = n_nationkey and n_name = 'CANADA'
order by s_name`,
  },
};
