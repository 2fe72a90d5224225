import type { ShardPlan } from '../plan.js';

/** Queries about customers and their orders: orders, the larger table, is cut. */
export const Q13: ShardPlan = {
  query: 'Q13', driver: 'orders', affinity: 'spread', pruning: [],
  requires: [{ kind: 'unique_key', table: 'customer' }],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { orders: ['o_orderkey', 'o_custkey', 'o_comment'] },
    sql: () => `
select o_custkey, count(o_orderkey) as order_count
from orders
where o_comment not like '%special%requests%'
group by o_custkey`,
  }],
  final: {
    inputs: [1],
    reads: { customer: ['c_custkey'] },
    sql: () => `
with counts as (
  select o_custkey, cast(sum(order_count) as bigint) as order_count from stage_1 group by o_custkey
)
select coalesce(order_count, 0) as c_count, count(*) as custdist
from customer left outer join counts on c_custkey = o_custkey
group by c_count
order by custdist desc, c_count desc`,
  },
};

const IN_COUNTRIES = `substring(c_phone from 1 for 2) in ('13', '31', '23', '29', '30', '18', '17')`;

export const Q22: ShardPlan = {
  query: 'Q22', driver: 'orders', requires: [], affinity: 'spread', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: { orders: ['o_custkey'] },
    sql: () => 'select distinct o_custkey from orders',
  }],
  final: {
    inputs: [1],
    reads: { customer: ['c_custkey', 'c_phone', 'c_acctbal'] },
    sql: () => `
select substring(c_phone from 1 for 2) as cntrycode, count(*) as numcust, sum(c_acctbal) as totacctbal
from customer
where ${IN_COUNTRIES}
  and c_acctbal > (select avg(c_acctbal) from customer where c_acctbal > 0.00 and ${IN_COUNTRIES})
  and not exists (select * from stage_1 where o_custkey = c_custkey)
group by cntrycode
order by cntrycode`,
  },
};
