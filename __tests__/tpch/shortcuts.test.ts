import { answerDifference, plainAnswer } from './answer-difference.js';
import { measureInvariants, openTestSession, runInline, type InlineRun } from './inline-runner.js';
import { PLANTED_PLANS } from './planted-plans.js';
import { createAdversarialTables } from '../fixtures/adversarial-data.js';
import { addDays } from '../../workloads/tpch/plans/order-boundary.js';
import { withSources } from '../../workloads/duckdb/compose.js';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import type { PruneRule, ShardPlan } from '../../workloads/tpch/plan.js';
import { queryText } from '../../workloads/tpch/query-text.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';

const SCALE_FACTOR = 0.008;
const ROW_GROUPS = 84;

let session: DuckDBSession;
let base: Omit<InlineRun, 'plan' | 'shards'>;

beforeAll(async () => {
  session = await openTestSession();
  await createAdversarialTables(session);
  base = { session, rowGroups: ROW_GROUPS, context: { scaleFactor: SCALE_FACTOR, numeric: 'decimal', invariants: await measureInvariants(session) } };
});
afterAll(() => {
  session.close();
});

/** Row groups dealt round robin. */
function dealt(workers: number): number[][] {
  return Array.from({ length: workers }, (_, worker) => range(ROW_GROUPS).filter((group) => group % workers === worker));
}

/** Row groups as runs of neighbours. */
function runsOf(workers: number): number[][] {
  return Array.from({ length: workers }, (_, worker) => range(ROW_GROUPS).filter((group) => Math.floor((group * workers) / ROW_GROUPS) === worker));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function differenceOf(plan: ShardPlan, shards: number[][], context = base.context): Promise<string | null> {
  return answerDifference(plan.query, await runInline({ ...base, plan, shards, context }), await plainAnswer(session, plan.query, SCALE_FACTOR));
}

describe('a shortcut gives a wrong answer where the sound plan gives the right one', () => {
  it.each(PLANTED_PLANS)('$plan.query: a shard that $shortcut', async ({ plan }) => {
    expect(await differenceOf(shardPlan(plan.query), dealt(4))).toBeNull();
    expect(await differenceOf(plan, dealt(4))).not.toBeNull();
  });
});

describe('orders finished inside a shard', () => {
  it('are right over runs of neighbours, and most orders are not shipped', async () => {
    const plan = shardPlan('Q18');
    expect(await differenceOf(plan, runsOf(2))).toBeNull();
    const shipped = await session.query('select count(*) from partial_1_0');
    const held = await session.query(`select count(distinct l_orderkey) from lineitem where rowid < (select count(*) from lineitem) // 2`);
    expect(Number(shipped.rows[0]?.[0])).toBeLessThan(Number(held.rows[0]?.[0]) / 2);
  });

  it('go wrong when the measured spread of an order is too small: a line ships 200 days later', async () => {
    const invariants = { ...base.context.invariants, order_ship_spread_days: 1 };
    expect(await differenceOf(shardPlan('Q18'), runsOf(4), { ...base.context, invariants })).not.toBeNull();
  });

  it('are shipped all when the spread was not measured', async () => {
    const invariants = { ...base.context.invariants, order_ship_spread_days: null };
    expect(await differenceOf(shardPlan('Q18'), runsOf(4), { ...base.context, invariants })).toBeNull();
    const unfinished = await session.query('select count(*) from partial_1_0 where quantity <= 300');
    expect(Number(unfinished.rows[0]?.[0])).toBeGreaterThan(0);
  });
});

describe('what the manifest did not prove is not relied on', () => {
  it.each(['Q10', 'Q13'] as const)('%s stays right where orders name customers that do not exist, and would not if it relied on them', async (id) => {
    await session.execute('create temp table kept as from customer');
    try {
      await session.execute('delete from customer where c_custkey % 2 = 0');
      const invariants = { ...base.context.invariants, foreign_keys: {} };
      expect(await differenceOf(shardPlan(id), dealt(4), { ...base.context, invariants })).toBeNull();
      expect(await differenceOf(shardPlan(id), dealt(4))).not.toBeNull();
    } finally {
      await session.execute('delete from customer');
      await session.execute('insert into customer from kept');
      await session.execute('drop table kept');
    }
  });
});

describe('prune rules', () => {
  const pruned = QUERY_IDS.filter((id) => shardPlan(id).pruning.length > 0);

  /** The plain answer over the lines that the rules leave, each bound moved inwards by some days. */
  async function differenceWithin(id: (typeof QUERY_IDS)[number], inwardsDays: number): Promise<string | null> {
    const whole = await plainAnswer(session, id, SCALE_FACTOR);
    const conditions = shardPlan(id).pruning.flatMap((rule) => shipWindow(rule, inwardsDays)).join(' and ');
    const lines = new Map([['lineitem', `select * from main.lineitem where ${conditions}`]]);
    return answerDifference(id, await session.query(withSources(lines, queryText(id, SCALE_FACTOR))), whole);
  }

  /** Bounds on l_shipdate, as a planner derives them from the rule and the measured invariants. */
  function shipWindow({ from, to, via }: PruneRule, inwardsDays: number): string[] {
    const { ship_minus_order: ship, receipt_minus_ship: receipt } = base.context.invariants;
    const [low, high] = via === 'ship_minus_order' ? [ship?.min_days ?? 0, ship?.max_days ?? 0]
      : via === 'receipt_minus_ship' ? [-(receipt?.max_days ?? 0), -(receipt?.min_days ?? 0)] : [0, 0];
    return [
      ...(from === undefined ? [] : [`l_shipdate >= date '${addDays(from, low + inwardsDays)}'`]),
      ...(to === undefined ? [] : [`l_shipdate <= date '${addDays(to, high - inwardsDays)}'`]),
    ];
  }

  it('exist for every query with a range that reaches l_shipdate', () => {
    expect(pruned).toEqual(['Q1', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7', 'Q8', 'Q10', 'Q12', 'Q14', 'Q15', 'Q20']);
  });

  it.each(pruned)('%s needs no line outside its rules', async (id) => {
    expect(await differenceWithin(id, 0)).toBeNull();
  });

  it.each(pruned)('%s needs lines near the bounds of its rules', async (id) => {
    expect(await differenceWithin(id, 150)).not.toBeNull();
  });
});

describe('plans read what their SQL names and nothing else', () => {
  it.each(QUERY_IDS)('%s', (id) => {
    const plan = shardPlan(id);
    const parts = [
      ...plan.stages.filter((stage) => stage.kind === 'scan').map(({ reads, sql }) => [reads, sql({ ...base.context, params: {} })] as const),
      [plan.final.reads, plan.final.sql({ ...base.context, params: {} })] as const,
    ];
    for (const [reads, sql] of parts) {
      const unused = Object.values(reads).flat().filter((column) => !new RegExp(`\\b${column}\\b`).test(sql));
      expect(unused).toEqual(id === 'Q18' ? unused.filter((column) => column === 'l_shipdate') : []);
    }
  });
});
