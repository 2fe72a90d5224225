import { exactAverage } from './exact-average.js';
import type { ShardPlan } from '../plan.js';

/**
 * Queries whose partial is a handful of sums: each shard adds up its own lines, the coordinator adds the
 * sums. Averages and ratios are taken of the added sums, never of the shards' own averages and ratios.
 * A shard without a matching line sends NULL sums, which SUM passes over.
 */
const REVENUE = 'sum(l_extendedprice * (1 - l_discount))';

export const Q1: ShardPlan = {
  query: 'Q1', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'l_shipdate', to: '1998-09-02' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { lineitem: ['l_returnflag', 'l_linestatus', 'l_quantity', 'l_extendedprice', 'l_discount', 'l_tax', 'l_shipdate'] },
    sql: () => `
select l_returnflag, l_linestatus,
  sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
  ${REVENUE} as sum_disc_price, sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
  sum(l_discount) as sum_disc,
  count(l_quantity) as count_qty, count(l_extendedprice) as count_price, count(l_discount) as count_disc,
  count(*) as count_order
from lineitem
where l_shipdate <= date '1998-09-02'
group by l_returnflag, l_linestatus`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: ({ numeric }) => `
select l_returnflag, l_linestatus,
  sum(sum_qty) as sum_qty, sum(sum_base_price) as sum_base_price,
  sum(sum_disc_price) as sum_disc_price, sum(sum_charge) as sum_charge,
  ${exactAverage('sum(sum_qty)', 'sum(count_qty)', numeric)} as avg_qty,
  ${exactAverage('sum(sum_base_price)', 'sum(count_price)', numeric)} as avg_price,
  ${exactAverage('sum(sum_disc)', 'sum(count_disc)', numeric)} as avg_disc,
  cast(sum(count_order) as bigint) as count_order
from stage_1
group by l_returnflag, l_linestatus
order by l_returnflag, l_linestatus`,
  },
};

export const Q5: ShardPlan = {
  query: 'Q5', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'o_orderdate', from: '1994-01-01', to: '1994-12-31', via: 'ship_minus_order' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_suppkey', 'l_extendedprice', 'l_discount'],
      orders: ['o_orderkey', 'o_custkey', 'o_orderdate'],
      customer: ['c_custkey', 'c_nationkey'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_name', 'n_regionkey'],
      region: ['r_regionkey', 'r_name'],
    },
    sql: () => `
select n_name, ${REVENUE} as revenue
from customer, orders, lineitem, supplier, nation, region
where c_custkey = o_custkey and l_orderkey = o_orderkey and l_suppkey = s_suppkey
  and c_nationkey = s_nationkey and s_nationkey = n_nationkey
  and n_regionkey = r_regionkey and r_name = 'ASIA'
  and o_orderdate >= date '1994-01-01' and o_orderdate < date '1995-01-01'
group by n_name`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => 'select n_name, sum(revenue) as revenue from stage_1 group by n_name order by revenue desc',
  },
};

export const Q6: ShardPlan = {
  query: 'Q6', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'l_shipdate', from: '1994-01-01', to: '1994-12-31' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { lineitem: ['l_extendedprice', 'l_discount', 'l_quantity', 'l_shipdate'] },
    sql: () => `
select sum(l_extendedprice * l_discount) as revenue
from lineitem
where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'
  and l_discount between 0.05 and 0.07 and l_quantity < 24`,
  }],
  final: { inputs: [1], reads: {}, sql: () => 'select sum(revenue) as revenue from stage_1' },
};

export const Q14: ShardPlan = {
  query: 'Q14', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'l_shipdate', from: '1995-09-01', to: '1995-09-30' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { lineitem: ['l_partkey', 'l_extendedprice', 'l_discount', 'l_shipdate'], part: ['p_partkey', 'p_type'] },
    sql: () => `
select sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else 0 end) as promo, ${REVENUE} as total
from lineitem, part
where l_partkey = p_partkey and l_shipdate >= date '1995-09-01' and l_shipdate < date '1995-10-01'`,
  }],
  final: { inputs: [1], reads: {}, sql: () => 'select 100.00 * sum(promo) / sum(total) as promo_revenue from stage_1' },
};

export const Q19: ShardPlan = {
  query: 'Q19', driver: 'lineitem', requires: [], affinity: 'spread', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_partkey', 'l_quantity', 'l_extendedprice', 'l_discount', 'l_shipinstruct', 'l_shipmode'],
      part: ['p_partkey', 'p_brand', 'p_size', 'p_container'],
    },
    sql: () => `
select ${REVENUE} as revenue
from lineitem, part
where p_partkey = l_partkey
  and l_shipmode in ('AIR', 'AIR REG') and l_shipinstruct = 'DELIVER IN PERSON'
  and ((p_brand = 'Brand#12' and p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
      and l_quantity >= 1 and l_quantity <= 11 and p_size between 1 and 5)
    or (p_brand = 'Brand#23' and p_container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
      and l_quantity >= 10 and l_quantity <= 20 and p_size between 1 and 10)
    or (p_brand = 'Brand#34' and p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
      and l_quantity >= 20 and l_quantity <= 30 and p_size between 1 and 15))`,
  }],
  final: { inputs: [1], reads: {}, sql: () => 'select sum(revenue) as revenue from stage_1' },
};
