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
    // Where every order has its customer, those without orders are what is left, and no join is needed.
    sql: ({ invariants }) => invariants.foreign_keys['orders.o_custkey->customer.c_custkey'] === true
      ? `
with counts as materialized (
  select cast(sum(order_count) as bigint) as c_count from stage_1 group by o_custkey
), histogram as (
  select c_count, count(*) as custdist from counts group by c_count
  union all
  select 0, (select count(c_custkey) from customer) - (select count(*) from counts)
)
select c_count, cast(sum(custdist) as bigint) as custdist
from histogram
group by c_count
having sum(custdist) > 0
order by custdist desc, c_count desc`
      : `
with counts as (
  select o_custkey, cast(sum(order_count) as bigint) as order_count from stage_1 group by o_custkey
)
select coalesce(order_count, 0) as c_count, count(*) as custdist
from customer left outer join counts on c_custkey = o_custkey
group by c_count
order by custdist desc, c_count desc`,
  },
};

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
    // A balance above the average of positive ones is positive, so one pass over customer serves both.
    sql: () => `
with balances as materialized (
  select c_custkey, substring(c_phone from 1 for 2) as cntrycode, c_acctbal
  from customer
  where c_acctbal > 0.00
    and substring(c_phone from 1 for 2) in ('13', '31', '23', '29', '30', '18', '17')
)
select cntrycode, count(*) as numcust, sum(c_acctbal) as totacctbal
from balances
where c_acctbal > (select avg(c_acctbal) from balances)
  and not exists (select * from stage_1 where o_custkey = c_custkey)
group by cntrycode
order by cntrycode`,
  },
};
