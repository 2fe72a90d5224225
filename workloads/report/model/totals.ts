import type { ResultRow } from '../../model/result-row.js';
import { medianOf } from '../../results/statistics.js';
import type { Bottleneck, Cell, HeldBack, Skew, StageName, Totals } from './series-types.js';

/** Stages in the order in which they happen. The gate comes after the clock has stopped. */
export const STAGE_NAMES = ['plan', 'spawn', 'open', 'scan', 'proof', 'write', 'wait', 'merge', 'fetch', 'gate'] as const satisfies readonly StageName[];

/** What `spawn` is made of for a pod: its parts, not more time beside it. */
export const POD_STAGES = ['schedule', 'pull', 'start'] as const satisfies readonly StageName[];

/** Which stages count towards which bottleneck; the gate is outside the measured duration. */
export const STAGE_GROUPS = {
  coordination: ['plan', 'spawn', 'wait'],
  scan: ['open', 'scan', 'proof'],
  exchange: ['write', 'merge', 'fetch'],
} as const satisfies Record<Exclude<Bottleneck, 'cpu'>, readonly StageName[]>;

/** From this share of the cores on, more of anything but CPU would not help. */
export const CPU_BOUND_SHARE = 0.8;

/** Below this share of the wall time the stages that were measured say too little about the rest. */
const TELLING_SHARE = 0.5;

export const HELD_BACK_RULE =
  `CPU when the CPU time is at least ${CPU_BOUND_SHARE * 100} % of wall time × cores that could work (workers × threads, at most the cores of the machine); ` +
  'otherwise the largest of scan (open + scan + proof), exchange (write + merge + fetch) and coordination (plan + spawn + wait), ' +
  'each summed over the queries from the repetition with the median duration. An engine of whose time less than half is in such stages does not tell.';

/**
 * Sums of one configuration over the common queries. `cells` are those queries' cells, all ok.
 * Σ median and Σ p95 are sums of each query's median and p95.
 * @param cores how many cores could work at the same time
 * @param singleProcess whether the engine runs without work units
 */
export function totalsOf(cells: readonly Cell[], cores: number, singleProcess: boolean): Totals {
  const timings = cells.map(({ outcome }) => (outcome.kind === 'ok' ? outcome.timing : null)).filter((timing) => timing !== null);
  const typical = cells.map((cell) => cell.typical).filter((row) => row !== null);
  const passes = passSums(cells);
  const medianMs = sum(timings.map((timing) => timing.median));
  const stages = stageSums(typical);
  return {
    medianMs,
    p95Ms: sum(timings.map((timing) => timing.p95)),
    minPassMs: Math.min(...passes),
    maxPassMs: Math.max(...passes),
    passes: passes.length,
    noise: medianOf(timings.map((timing) => timing.spread)),
    coldMs: sumOrNull(cells.map((cell) => cell.coldMs)),
    bytesRead: sumOrNull(typical.map((row) => row.bytes_read)),
    bytesExchanged: sumOrNull(typical.map((row) => row.bytes_exchanged)),
    cpuMs: sumOrNull(typical.map((row) => row.cpu_ms)),
    maxRssBytes: maxOrNull(cells.flatMap((cell) => cell.kept.map((row) => row.max_rss_bytes))),
    ...costOf(cells),
    stages,
    unaccountedMs: unaccounted(stages, typical),
    skew: skewOf(typical),
    heldBack: heldBackOf(stages, typical, cores, singleProcess),
  };
}

/** Σ of the first kept repetition of every query, of the second, and so on. */
function passSums(cells: readonly Cell[]): number[] {
  const durations = cells.map(({ outcome }) => (outcome.kind === 'ok' ? outcome.durationsMs : []));
  const passes = Math.min(...durations.map((list) => list.length));
  return Array.from({ length: passes }, (_, pass) => sum(durations.map((list) => list[pass] ?? 0)));
}

/** $/TB is Σ cost ÷ Σ TB, the TB of each query being its cost ÷ its own $/TB. */
function costOf(cells: readonly Cell[]): Pick<Totals, 'costUsd' | 'usdPerTbScanned'> {
  const costs = cells.map((cell) => medianOf(cell.kept.map((row) => row.cost_usd)));
  const terabytes = cells.map((cell) =>
    medianOf(cell.kept.map((row) => (row.cost_usd === null || !row.usd_per_tb_scanned ? null : row.cost_usd / row.usd_per_tb_scanned))),
  );
  const costUsd = sumOrNull(costs);
  const scannedTb = sumOrNull(terabytes);
  return { costUsd, usdPerTbScanned: costUsd === null || !scannedTb ? null : costUsd / scannedTb };
}

function stageSums(rows: readonly ResultRow[]): Record<StageName, number | null> {
  const sumOf = (name: StageName): number | null => {
    const present = rows.map((row) => row.stages[`${name}_ms`]).filter((value) => value !== null);
    return present.length === 0 ? null : sum(present);
  };
  return Object.fromEntries([...STAGE_NAMES, ...POD_STAGES].map((name) => [name, sumOf(name)])) as Record<StageName, number | null>;
}

function groupSum(stages: Totals['stages'], group: readonly StageName[]): number {
  return sum(group.map((name) => stages[name] ?? 0));
}

function hasStages(stages: Totals['stages']): boolean {
  return Object.values(STAGE_GROUPS).some((group) => group.some((name) => stages[name] !== null));
}

/** Stages of different units may overlap, so the rest is never below zero. */
function unaccounted(stages: Totals['stages'], rows: readonly ResultRow[]): number | null {
  if (!hasStages(stages)) return null;
  const staged = sum(Object.values(STAGE_GROUPS).map((group) => groupSum(stages, group)));
  return Math.max(0, sum(rows.map((row) => row.duration_ms ?? 0)) - staged);
}

/** A single process tells no scan from an exchange: its whole time is one stage. */
function heldBackOf(stages: Totals['stages'], rows: readonly ResultRow[], cores: number, singleProcess: boolean): HeldBack {
  const cpuMs = sumOrNull(rows.map((row) => row.cpu_ms));
  const wallMs = sum(rows.map((row) => row.duration_ms ?? 0));
  const cpuShare = cpuMs === null || wallMs === 0 ? null : cpuMs / (wallMs * cores);
  const groupMs = (group: keyof typeof STAGE_GROUPS): number | null => (singleProcess || STAGE_GROUPS[group].every((name) => stages[name] === null) ? null : groupSum(stages, STAGE_GROUPS[group]));
  const shares = { scan: groupMs('scan'), exchange: groupMs('exchange'), coordination: groupMs('coordination') };
  return {
    by: cpuShare !== null && cpuShare >= CPU_BOUND_SHARE ? 'cpu' : largestOf(shares, wallMs),
    scanMs: shares.scan, exchangeMs: shares.exchange, coordinationMs: shares.coordination, cpuShare,
  };
}

/** Null where scan or exchange were not measured, or where too little of the time was. */
function largestOf(shares: Readonly<Record<Exclude<Bottleneck, 'cpu'>, number | null>>, wallMs: number): Bottleneck | null {
  const { scan, exchange, coordination } = shares;
  if (scan === null || exchange === null || scan + exchange + (coordination ?? 0) < wallMs * TELLING_SHARE) return null;
  return (['scan', 'exchange', 'coordination'] as const).reduce((best, name) => ((shares[name] ?? 0) > (shares[best] ?? 0) ? name : best));
}

function skewOf(rows: readonly ResultRow[]): Skew | null {
  const measured = rows.flatMap((row) => (row.worker_busy_ms === null || row.worker_busy_ms.length === 0 ? [] : [{ query: row.query, busy: row.worker_busy_ms }]));
  const perQuery = measured.map(({ query, busy }) => ({ query, workers: busy.length, max: Math.max(...busy), mean: sum(busy) / busy.length }));
  const meanSum = sum(perQuery.map(({ mean }) => mean));
  if (meanSum === 0) return null;
  return {
    ratio: sum(perQuery.map(({ max }) => max)) / meanSum,
    perQuery: perQuery.filter(({ mean }) => mean > 0).map(({ query, workers, max, mean }) => ({ query, workers, ratio: max / mean })),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Null when one is missing: a part is never shown as the whole. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.length === 0 || values.includes(null) ? null : sum(values.map((value) => value ?? 0));
}

function maxOrNull(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : Math.max(...present);
}
