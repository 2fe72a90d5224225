import { q11Fraction } from '../query-text.js';
import type { ShardPlan } from '../plan.js';

/** Queries over partsupp, which is cut; part and supplier are read by every worker. */
const EUROPE = `select s_suppkey from supplier, nation, region
where s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'EUROPE'`;

/**
 * Every European offer of a wanted part is shipped (some hundreds per scale factor), since the cheapest of
 * a shard need not be the cheapest of the part; the wide columns of supplier are read once, at the end.
 */
export const Q2: ShardPlan = {
  query: 'Q2', driver: 'partsupp', requires: [], affinity: 'spread', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      partsupp: ['ps_partkey', 'ps_suppkey', 'ps_supplycost'],
      part: ['p_partkey', 'p_mfgr', 'p_type', 'p_size'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_regionkey'],
      region: ['r_regionkey', 'r_name'],
    },
    sql: () => `
select p_partkey, p_mfgr, ps_suppkey, ps_supplycost
from partsupp, part
where p_partkey = ps_partkey and p_size = 15 and p_type like '%BRASS' and ps_suppkey in (${EUROPE})`,
  }],
  final: {
    inputs: [1],
    reads: {
      supplier: ['s_suppkey', 's_name', 's_address', 's_nationkey', 's_phone', 's_acctbal', 's_comment'],
      nation: ['n_nationkey', 'n_name', 'n_regionkey'],
      region: ['r_regionkey', 'r_name'],
    },
    sql: () => `
with cheapest as (
  select p_partkey as partkey, min(ps_supplycost) as cost from stage_1 group by p_partkey
)
select s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
from stage_1, cheapest, supplier, nation, region
where p_partkey = partkey and ps_supplycost = cost and s_suppkey = ps_suppkey
  and s_nationkey = n_nationkey and n_regionkey = r_regionkey and r_name = 'EUROPE'
order by s_acctbal desc, n_name, s_name, p_partkey
limit 100`,
  },
};

export const Q11: ShardPlan = {
  query: 'Q11', driver: 'partsupp', requires: [], affinity: 'ordered', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      partsupp: ['ps_partkey', 'ps_suppkey', 'ps_availqty', 'ps_supplycost'],
      supplier: ['s_suppkey', 's_nationkey'],
      nation: ['n_nationkey', 'n_name'],
    },
    sql: () => `
select ps_partkey, sum(ps_supplycost * ps_availqty) as value
from partsupp, supplier, nation
where ps_suppkey = s_suppkey and s_nationkey = n_nationkey and n_name = 'GERMANY'
group by ps_partkey`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: ({ scaleFactor }) => `
select ps_partkey, sum(value) as value
from stage_1
group by ps_partkey
having sum(value) > (select sum(value) * ${q11Fraction(scaleFactor)} from stage_1)
order by value desc`,
  },
};

/**
 * Suppliers of one brand, type and size are spread over many parts, so that distinct counts do not add up:
 * the offers themselves are shipped. Few of them repeat within a shard, so they are made distinct once.
 */
export const Q16: ShardPlan = {
  query: 'Q16', driver: 'partsupp', requires: [], affinity: 'spread', pruning: [],
  stages: [{
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      partsupp: ['ps_partkey', 'ps_suppkey'],
      part: ['p_partkey', 'p_brand', 'p_type', 'p_size'],
      supplier: ['s_suppkey', 's_comment'],
    },
    sql: () => `
select p_brand, p_type, p_size, ps_suppkey
from partsupp, part
where p_partkey = ps_partkey
  and p_brand <> 'Brand#45' and p_type not like 'MEDIUM POLISHED%' and p_size in (49, 14, 23, 45, 19, 3, 36, 9)
  and ps_suppkey not in (select s_suppkey from supplier where s_comment like '%Customer%Complaints%')`,
  }],
  final: {
    inputs: [1], reads: {},
    sql: () => `
select p_brand, p_type, p_size, count(distinct ps_suppkey) as supplier_cnt
from stage_1
group by p_brand, p_type, p_size
order by supplier_cnt desc, p_brand, p_type, p_size`,
  },
};
