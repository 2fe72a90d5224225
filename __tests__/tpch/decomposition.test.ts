import fc from 'fast-check';
import { answerDifference, plainAnswer } from './answer-difference.js';
import { measureInvariants, openTestSession, runInline, type InlineRun } from './inline-runner.js';
import { createAdversarialTables, type AdversarialOptions } from '../fixtures/adversarial-data.js';
import type { DuckDBSession } from '../../workloads/duckdb/session.js';
import { QUERY_IDS, type QueryId } from '../../workloads/model/queries.js';
import type { TypedRows } from '../../workloads/model/typed-rows.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';

/** Small enough that Q11's threshold lies among the parts' values. */
const SCALE_FACTOR = 0.008;

const VARIANTS: readonly { readonly name: string; readonly options: AdversarialOptions; readonly rowGroups: number; readonly unproven?: true }[] = [
  { name: 'sorted, 84 row groups', options: { seed: 1 }, rowGroups: 84 },
  { name: 'sorted, 1,000 row groups', options: { seed: 2 }, rowGroups: 1000 },
  { name: 'sorted, one row group', options: { seed: 3 }, rowGroups: 1 },
  { name: 'scattered, 40 row groups, nothing proven', options: { seed: 4, sorted: false }, rowGroups: 40, unproven: true },
  { name: 'doubles, sorted, 84 row groups', options: { seed: 5, numeric: 'double' }, rowGroups: 84 },
  { name: 'few orders', options: { seed: 6, orders: 12 }, rowGroups: 9 },
];

interface Prepared {
  readonly session: DuckDBSession;
  readonly base: Pick<InlineRun, 'session' | 'rowGroups' | 'context'>;
  readonly plain: Readonly<Record<QueryId, TypedRows>>;
}

async function prepare({ options, rowGroups, unproven }: (typeof VARIANTS)[number]): Promise<Prepared> {
  const session = await openTestSession();
  await createAdversarialTables(session, options);
  const measured = await measureInvariants(session);
  const invariants = unproven === true ? { ...measured, foreign_keys: {}, order_ship_spread_days: null } : measured;
  const context = { scaleFactor: SCALE_FACTOR, numeric: options.numeric ?? 'decimal', invariants };
  const answers: [QueryId, TypedRows][] = [];
  for (const id of QUERY_IDS) answers.push([id, await plainAnswer(session, id, SCALE_FACTOR)]);
  return { session, base: { session, rowGroups, context }, plain: Object.fromEntries(answers) as Record<QueryId, TypedRows> };
}

/** Shards by a random draw for each row group, or as runs of neighbours cut at random places. */
function shardsArbitrary(rowGroups: number): fc.Arbitrary<number[][]> {
  const groups = Array.from({ length: rowGroups }, (_, group) => group);
  return fc.record({ workers: fc.integer({ min: 1, max: 16 }), runs: fc.boolean(), draws: fc.array(fc.nat(1_000_000), { minLength: rowGroups, maxLength: rowGroups }) }).map(
    ({ workers, runs, draws }) => {
      const owner = draws.map((draw) => draw % workers);
      if (runs) owner.sort((a, b) => a - b);
      return Array.from({ length: workers }, (_, worker) => groups.filter((group) => owner[group] === worker));
    },
  );
}

describe.each(VARIANTS)('merged partials equal the plain query: $name', (variant) => {
  let prepared: Prepared;
  beforeAll(async () => {
    prepared = await prepare(variant);
  });
  afterAll(() => {
    prepared.session.close();
  });

  it.each(QUERY_IDS)('%s, over any assignment of row groups to 1 to 16 shards', async (id) => {
    await fc.assert(
      fc.asyncProperty(shardsArbitrary(variant.rowGroups), async (shards) => {
        const merged = await runInline({ ...prepared.base, plan: shardPlan(id), shards });
        expect(answerDifference(id, merged, prepared.plain[id])).toBeNull();
      }),
      { numRuns: 2 },
    );
  });
});
