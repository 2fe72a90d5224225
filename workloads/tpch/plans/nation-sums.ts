import type { ShardPlan } from '../plan.js';

/** Sums over lines that reach a nation through several tables: Q7, Q8 and Q9. */
const VOLUME = 'l_extendedprice * (1 - l_discount)';

export const Q7: ShardPlan = {
  query: 'Q7', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'l_shipdate', from: '1995-01-01', to: '1996-12-31' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_suppkey', 'l_extendedprice', 'l_discount', 'l_shipdate'],
      orders: ['o_orderkey', 'o_custkey'],
      customer: ['c_custkey', 'c_nationkey'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_name'],
    },
    sql: () => `
select n1.n_name as supp_nation, n2.n_name as cust_nation, extract(year from l_shipdate) as l_year, sum(${VOLUME}) as revenue
from supplier, lineitem, orders, customer, nation n1, nation n2
where s_suppkey = l_suppkey and o_orderkey = l_orderkey and c_custkey = o_custkey
  and s_nationkey = n1.n_nationkey and c_nationkey = n2.n_nationkey
  and ((n1.n_name = 'FRANCE' and n2.n_name = 'GERMANY') or (n1.n_name = 'GERMANY' and n2.n_name = 'FRANCE'))
  and l_shipdate between date '1995-01-01' and date '1996-12-31'
group by 1, 2, 3`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => `
select supp_nation, cust_nation, l_year, sum(revenue) as revenue
from stage_1
group by supp_nation, cust_nation, l_year
order by supp_nation, cust_nation, l_year`,
  },
};

export const Q8: ShardPlan = {
  query: 'Q8', driver: 'lineitem', requires: [], affinity: 'spread',
  pruning: [{ column: 'o_orderdate', from: '1995-01-01', to: '1996-12-31', via: 'ship_minus_order' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_partkey', 'l_suppkey', 'l_extendedprice', 'l_discount'],
      orders: ['o_orderkey', 'o_custkey', 'o_orderdate'],
      customer: ['c_custkey', 'c_nationkey'],
      part: ['p_partkey', 'p_type'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_name', 'n_regionkey'],
      region: ['r_regionkey', 'r_name'],
    },
    sql: () => `
select extract(year from o_orderdate) as o_year,
  sum(case when n2.n_name = 'BRAZIL' then ${VOLUME} else 0 end) as brazil, sum(${VOLUME}) as total
from part, supplier, lineitem, orders, customer, nation n1, nation n2, region
where p_partkey = l_partkey and s_suppkey = l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey
  and c_nationkey = n1.n_nationkey and n1.n_regionkey = r_regionkey and r_name = 'AMERICA'
  and s_nationkey = n2.n_nationkey
  and o_orderdate between date '1995-01-01' and date '1996-12-31'
  and p_type = 'ECONOMY ANODIZED STEEL'
group by 1`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => 'select o_year, sum(brazil) / sum(total) as mkt_share from stage_1 group by o_year order by o_year',
  },
};

export const Q9: ShardPlan = {
  query: 'Q9', driver: 'lineitem', requires: [], affinity: 'spread', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_partkey', 'l_suppkey', 'l_quantity', 'l_extendedprice', 'l_discount'],
      orders: ['o_orderkey', 'o_orderdate'],
      part: ['p_partkey', 'p_name'],
      partsupp: ['ps_partkey', 'ps_suppkey', 'ps_supplycost'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_name'],
    },
    sql: () => `
select n_name as nation, extract(year from o_orderdate) as o_year, sum(${VOLUME} - ps_supplycost * l_quantity) as sum_profit
from part, supplier, lineitem, partsupp, orders, nation
where s_suppkey = l_suppkey and ps_suppkey = l_suppkey and ps_partkey = l_partkey and p_partkey = l_partkey
  and o_orderkey = l_orderkey and s_nationkey = n_nationkey
  and p_name like '%green%'
group by 1, 2`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => `
select nation, o_year, sum(sum_profit) as sum_profit
from stage_1
group by nation, o_year
order by nation, o_year desc`,
  },
};
