import type { ScanStage, ShardPlan } from '../../workloads/tpch/plan.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import { q11Fraction } from '../../workloads/tpch/query-text.js';
import type { QueryId } from '../../workloads/model/queries.js';

/** A plan that takes a tempting shortcut: it looks right, is cheaper, and gives wrong answers. */
export interface PlantedPlan {
  readonly shortcut: string;
  readonly plan: ShardPlan;
}

const CANDIDATE_LINES = 'l_receiptdate > l_commitdate';
const HISTOGRAM_TAIL = 'group by c_count order by custdist desc, c_count desc';
const IN_COUNTRIES = "substring(c_phone from 1 for 2) in ('13', '31', '23', '29', '30', '18', '17')";

export const PLANTED_PLANS: readonly PlantedPlan[] = [
  planted('Q1', 'sends averages', {
    scan: (sql) => sql.replace('count(*) as count_order', 'avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order'),
    final: (sql) => sql.replace(/\n {2}\S.* as avg_(qty|price|disc)/g, '\n  avg(avg_$1) as avg_$1'),
  }),
  planted('Q2', 'sends its cheapest offers', {
    scan: (sql) => `${sql}\nqualify ps_supplycost = min(ps_supplycost) over (partition by p_partkey)`,
    final: (sql) => sql.replace('p_partkey = partkey and ps_supplycost = cost and', 'p_partkey = partkey and'),
  }),
  planted('Q3', 'sends its ten best orders', { scan: (sql) => `${sql}\norder by revenue desc, o_orderdate limit 10` }),
  planted('Q4', 'counts its orders', {
    scan: (sql) => `select o_orderpriority, count(*) as order_count from (${sql}) group by o_orderpriority`,
    final: () => 'select o_orderpriority, cast(sum(order_count) as bigint) as order_count from stage_1 group by o_orderpriority order by o_orderpriority',
  }),
  planted('Q8', 'sends its shares', {
    scan: (sql) => `select o_year, brazil / total as share from (${sql})`,
    final: () => 'select o_year, avg(share) as mkt_share from stage_1 group by o_year order by o_year',
  }),
  planted('Q10', 'sends its twenty best customers', { scan: (sql) => `${sql}\norder by revenue desc limit 20` }),
  planted('Q11', 'compares its own values with its own threshold', {
    scan: (sql, fraction) => `with local as (${sql}) select * from local where value > (select sum(value) * ${fraction} from local)`,
    final: () => 'select ps_partkey, sum(value) as value from stage_1 group by ps_partkey order by value desc',
  }),
  planted('Q13', 'sends its histogram', {
    scan: (sql) => `select order_count as c_count, count(*) as custdist from (${sql}) group by order_count`,
    final: () => `select c_count, cast(sum(custdist) as bigint) as custdist from stage_1 ${HISTOGRAM_TAIL}`,
  }),
  planted('Q14', 'sends its ratio', {
    scan: (sql) => `select 100.00 * promo / total as ratio from (${sql})`,
    final: () => 'select avg(ratio) as promo_revenue from stage_1',
  }),
  planted('Q15', 'sends its best supplier', {
    scan: (sql) => `with local as (${sql}) select * from local where total_revenue = (select max(total_revenue) from local)`,
  }),
  planted('Q16', 'sends distinct counts', {
    scan: () => countDistinctSuppliers(),
    final: () => 'select p_brand, p_type, p_size, cast(sum(supplier_cnt) as bigint) as supplier_cnt from stage_1 group by p_brand, p_type, p_size order by supplier_cnt desc, p_brand, p_type, p_size',
  }),
  planted('Q17', 'compares with the average of its own lines', {
    scan: () => `select sum(l_extendedprice) as price from lineitem, part
where p_partkey = l_partkey and p_brand = 'Brand#23' and p_container = 'MED BOX'
  and l_quantity < (select 0.2 * avg(l_quantity) from lineitem where l_partkey = p_partkey)`,
    final: () => 'select sum(price) / 7.0 as avg_yearly from stage_1',
  }),
  planted('Q18', 'drops orders below 300', { scan: () => 'select l_orderkey, sum(l_quantity) as quantity from lineitem group by l_orderkey having sum(l_quantity) > 300' }),
  planted('Q20', 'has its quantity compared with the stock', {
    final: (sql) => sql.replace(/select l_partkey, l_suppkey, sum\(quantity\) as quantity from stage_1 group by l_partkey, l_suppkey/, 'select l_partkey, l_suppkey, quantity from stage_1'),
  }),
  plantedQ21(),
  planted('Q22', 'counts customers without an order of its own', {
    reads: { orders: ['o_custkey'], customer: ['c_custkey', 'c_phone', 'c_acctbal'] },
    scan: () => `select substring(c_phone from 1 for 2) as cntrycode, count(*) as numcust, sum(c_acctbal) as totacctbal
from customer
where ${IN_COUNTRIES} and c_acctbal > (select avg(c_acctbal) from customer where c_acctbal > 0.00 and ${IN_COUNTRIES})
  and not exists (select * from orders where o_custkey = c_custkey)
group by cntrycode`,
    final: () => 'select cntrycode, cast(sum(numcust) as bigint) as numcust, sum(totacctbal) as totacctbal from stage_1 group by cntrycode order by cntrycode',
  }),
];

interface Shortcut {
  /** The first stage's SQL, made from the sound one (and Q11's fraction). */
  readonly scan?: (sql: string, fraction: string) => string;
  readonly final?: (sql: string) => string;
  readonly reads?: ScanStage['reads'];
}

function planted(id: QueryId, shortcut: string, { scan, final, reads }: Shortcut): PlantedPlan {
  const sound = shardPlan(id);
  const [first, ...others] = sound.stages;
  if (first?.kind !== 'scan') throw new Error(`${id} does not start with a scan`);
  const stage: ScanStage = {
    ...first,
    reads: reads ?? first.reads,
    sql: (context) => (scan ?? ((sql: string) => sql))(first.sql(context), q11Fraction(context.scaleFactor)),
  };
  return {
    shortcut,
    plan: {
      ...sound,
      stages: [stage, ...others],
      final: { ...sound.final, sql: (context) => (final ?? ((sql: string) => sql))(sound.final.sql(context)) },
    },
  };
}

/** EXISTS and NOT EXISTS looked for among the shard's own lines. */
function plantedQ21(): PlantedPlan {
  const sound = shardPlan('Q21');
  const stage: ScanStage = {
    id: 1, kind: 'scan', sideInputs: [],
    reads: {
      lineitem: ['l_orderkey', 'l_suppkey', 'l_commitdate', 'l_receiptdate'], orders: ['o_orderkey', 'o_orderstatus'],
      supplier: ['s_suppkey', 's_name', 's_nationkey'], nation: ['n_nationkey', 'n_name'],
    },
    sql: () => `select s_name, count(*) as numwait from supplier, lineitem l1, orders, nation
where s_suppkey = l1.l_suppkey and o_orderkey = l1.l_orderkey and o_orderstatus = 'F' and l1.${CANDIDATE_LINES.replace('> ', '> l1.')}
  and exists (select * from lineitem l2 where l2.l_orderkey = l1.l_orderkey and l2.l_suppkey <> l1.l_suppkey)
  and not exists (select * from lineitem l3 where l3.l_orderkey = l1.l_orderkey and l3.l_suppkey <> l1.l_suppkey and l3.${CANDIDATE_LINES.replace('> ', '> l3.')})
  and s_nationkey = n_nationkey and n_name = 'SAUDI ARABIA'
group by s_name`,
  };
  return {
    shortcut: 'looks for other suppliers among its own lines',
    plan: {
      ...sound, stages: [stage],
      final: { inputs: [1], reads: {}, sql: () => 'select s_name, cast(sum(numwait) as bigint) as numwait from stage_1 group by s_name order by numwait desc, s_name limit 100' },
    },
  };
}

function countDistinctSuppliers(): string {
  return `select p_brand, p_type, p_size, count(distinct ps_suppkey) as supplier_cnt
from partsupp, part
where p_partkey = ps_partkey and p_brand <> 'Brand#45' and p_type not like 'MEDIUM POLISHED%'
  and p_size in (49, 14, 23, 45, 19, 3, 36, 9)
  and ps_suppkey not in (select s_suppkey from supplier where s_comment like '%Customer%Complaints%')
group by p_brand, p_type, p_size`;
}
