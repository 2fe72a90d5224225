import { quoteIdentifier, withSources } from '../../workloads/duckdb/compose.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import type { Invariants } from '../../workloads/model/manifest.js';
import type { TypedRows } from '../../workloads/model/typed-rows.js';
import { NOTHING_SHIPPED_AFTER, NOTHING_SHIPPED_BEFORE, type Reads, type ScanStage, type ShardPlan, type SideInput, type StageContext } from '../../workloads/tpch/plan.js';
import type { TableName } from '../../workloads/tpch/schema.js';

/** Runs a shard plan in one DuckDB over tables in memory: no files, no processes, only the decomposition. */
export interface InlineRun {
  readonly session: DuckDBSession;
  readonly plan: ShardPlan;
  /** Row groups the driver table is cut into, as even runs of its rows. */
  readonly rowGroups: number;
  /** One list of row groups for each shard; an empty list is a shard that reads nothing. */
  readonly shards: readonly (readonly number[])[];
  readonly context: Omit<StageContext, 'params'>;
}

export function openTestSession(): Promise<DuckDBSession> {
  return DuckDBSession.open({ threads: 1, memoryLimitBytes: 1_000_000_000, spillDir: '.tmp-spill', parquetMetadataCache: false });
}

/** The plan's answer. Partials live as temporary tables; a type that Parquet would change is refused. */
export async function runInline(run: InlineRun): Promise<TypedRows> {
  const { session, plan, context } = run;
  const layout = await layoutOf(run);
  const partials = new Map<number, string[]>();
  for (const stage of plan.stages) {
    const tables: string[] = [];
    if (stage.kind === 'scan') {
      const sideInputs = await reduceSideInputs(run, stage.sideInputs, partials);
      for (const shard of run.shards.keys()) {
        tables.push(await scanShard(run, layout, stage, shard, sideInputs));
      }
    } else {
      const from = plan.stages.find((candidate): candidate is ScanStage => candidate.kind === 'scan' && candidate.id === stage.fromStage);
      const key = quoteIdentifier(from?.bucketBy ?? 'missing');
      for (const bucket of run.shards.keys()) {
        const sources = new Map([['partials', unionOf(partials.get(stage.fromStage) ?? [], `hash(${key}) % ${run.shards.length} = ${bucket}`)]]);
        tables.push(await keep(session, `merged_${stage.id}_${bucket}`, withSources(sources, stage.sql({ ...context, params: {} }))));
      }
    }
    partials.set(stage.id, tables);
  }
  const sources = wholeTables(plan.final.reads);
  for (const id of plan.final.inputs) sources.set(`stage_${id}`, unionOf(partials.get(id) ?? []));
  return session.query(withSources(sources, plan.final.sql({ ...context, params: {} })));
}

async function reduceSideInputs(run: InlineRun, sideInputs: readonly SideInput[], partials: ReadonlyMap<number, string[]>): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const side of sideInputs) {
    const inputs = wholeTables(side.reads);
    inputs.set(`stage_${side.fromStage}`, unionOf(partials.get(side.fromStage) ?? []));
    sources.set(side.name, `SELECT * FROM ${await keep(run.session, `side_${side.name}`, withSources(inputs, side.reduceSql))}`);
  }
  return sources;
}

async function scanShard(run: InlineRun, layout: Layout, stage: ScanStage, shard: number, sideInputs: ReadonlyMap<string, string>): Promise<string> {
  const { session, plan, context } = run;
  const groups = run.shards[shard] ?? [];
  const sources = wholeTables(stage.reads);
  const columns = stage.reads[plan.driver] ?? [];
  sources.set(plan.driver, `${select(plan.driver, columns)} WHERE ${inGroups(layout.rowsPerGroup, groups)}`);
  for (const [name, source] of sideInputs) sources.set(name, source);
  return keep(session, `partial_${stage.id}_${shard}`, withSources(sources, stage.sql({ ...context, params: shipBounds(layout, groups) })));
}

interface Layout {
  readonly rowsPerGroup: number;
  /** First and last l_shipdate of each row group of a sorted lineitem; null for any other table. */
  readonly shipDates: readonly (readonly [string, string])[] | null;
}

async function layoutOf({ session, plan, rowGroups }: InlineRun): Promise<Layout> {
  const places = await session.query(`SELECT coalesce(max(rowid), 0) + 1 FROM ${plan.driver}`);
  const rowsPerGroup = Math.max(1, Math.ceil(Number(places.rows[0]?.[0]) / rowGroups));
  if (plan.affinity !== 'ordered' || plan.driver !== 'lineitem') return { rowsPerGroup, shipDates: null };
  const { rows } = await session.query(`SELECT min(l_shipdate), max(l_shipdate) FROM lineitem GROUP BY rowid // ${rowsPerGroup} ORDER BY rowid // ${rowsPerGroup}`);
  const shipDates = rows.map(([first, last]) => [first ?? '', last ?? ''] as const);
  const sorted = shipDates.every(([first], group) => first >= (shipDates[group - 1]?.[1] ?? ''));
  return { rowsPerGroup, shipDates: sorted ? shipDates : null };
}

/** The dates other shards reach up to, where the shard is a run of neighbours. */
function shipBounds({ shipDates }: Layout, groups: readonly number[]): StageContext['params'] {
  const [first] = groups;
  const last = groups.at(-1);
  if (shipDates === null || first === undefined || last === undefined || last - first !== groups.length - 1) return {};
  return { ship_before: shipDates[first - 1]?.[1] ?? NOTHING_SHIPPED_BEFORE, ship_after: shipDates[last + 1]?.[0] ?? NOTHING_SHIPPED_AFTER };
}

function inGroups(rowsPer: number, groups: readonly number[]): string {
  return groups.length === 0 ? 'false' : `rowid // ${rowsPer} IN (${groups.join(', ')})`;
}

function wholeTables(reads: Reads): Map<string, string> {
  return new Map(Object.entries(reads).map(([table, columns]) => [table, select(table as TableName, columns)]));
}

function select(table: TableName, columns: readonly string[]): string {
  return `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM main.${table}`;
}

function unionOf(tables: readonly string[], condition = 'true'): string {
  return tables.map((table) => `SELECT * FROM ${table} WHERE ${condition}`).join(' UNION ALL ');
}

async function keep(session: DuckDBSession, name: string, sql: string): Promise<string> {
  await session.execute(`CREATE OR REPLACE TEMP TABLE ${name} AS ${sql}`);
  const { rows } = await session.query(`SELECT column_name FROM (DESCRIBE ${name}) WHERE column_type = 'HUGEINT'`);
  if (rows.length > 0) throw new Error(`${name}.${rows[0]?.[0] ?? ''} is HUGEINT, which Parquet files store as DOUBLE.`);
  return name;
}

/** Invariants as the manifest would measure them on the tables of a session. */
export async function measureInvariants(session: DuckDBSession): Promise<Invariants> {
  const { rows } = await session.query(`
    SELECT min(l_shipdate - o_orderdate), max(l_shipdate - o_orderdate), min(l_receiptdate - l_shipdate), max(l_receiptdate - l_shipdate),
      (SELECT max(spread) FROM (SELECT max(l_shipdate) - min(l_shipdate) AS spread FROM lineitem GROUP BY l_orderkey))
    FROM lineitem, orders WHERE l_orderkey = o_orderkey`);
  const [minShip = 0, maxShip = 0, minReceipt = 0, maxReceipt = 0, spread = 0] = (rows[0] ?? []).map(Number);
  return {
    unique_keys: { region: true, nation: true, supplier: true, part: true, partsupp: true, customer: true, orders: true, lineitem: false },
    foreign_keys: { 'orders.o_custkey->customer.c_custkey': true, 'customer.c_nationkey->nation.n_nationkey': true },
    ship_minus_order: { min_days: minShip, max_days: maxShip },
    receipt_minus_ship: { min_days: minReceipt, max_days: maxReceipt },
    order_ship_spread_days: spread,
  };
}
