import type { SessionRecord } from '../../model/session-record.js';
import { groupBy } from '../../results/group-by.js';
import { PARITY_TOLERANCE } from '../../results/parity.js';
import { formatBytes, formatCount, formatList } from '../format.js';
import type { OpenedLine } from './engine-types.js';
import { isSeriesOf } from './null-pairs.js';
import type { Series } from './series-types.js';

/** The sessions of each series, in its order. */
export function openedLines(series: readonly Series[], records: readonly SessionRecord[]): OpenedLine[] {
  return series.flatMap((one) => {
    const own = records.filter((record) => isSeriesOf(one, record) && one.configurations.some(({ workers, threadsPerWorker }) => workers === record.workers && threadsPerWorker === record.threads_per_worker));
    return groupBy(own, ({ workers, threads_per_worker: threads, replica }) => JSON.stringify([workers, threads, replica])).map((group): OpenedLine => {
      const [first, ...rest] = [...group].sort((a, b) => a.opening - b.opening || Date.parse(a.opened_at) - Date.parse(b.opened_at));
      const record = first as SessionRecord;
      const at = [one.singleProcess ? 'one process' : `N = ${record.workers}`, ...(record.replica > 1 ? ['null run'] : [])].join(', ');
      return { seriesLabel: one.label, at, workers: record.workers, replica: record.replica, openings: [record, ...rest] };
    }).sort((a, b) => a.workers - b.workers || a.replica - b.replica);
  });
}

/** One loud sentence for each way in which those that are compared were not given the same. */
export function parityBanners(opened: readonly OpenedLine[]): string[] {
  // The null run's second series is its first once more.
  const lines = opened.filter(({ replica }) => replica === 1);
  const measures: readonly Measure[] = [
    { name: 'cores', read: ({ parity }) => parity.threads_total, asked: ({ asked }) => asked.threads_total, told: formatCount },
    { name: 'memory', read: ({ parity }) => parity.memory_limit_bytes_total, asked: ({ asked }) => asked.memory_bytes_total, told: formatBytes },
  ];
  return [...measures.flatMap((measure) => [...otherThanAsked(lines, measure), ...unequal(lines, measure)]), ...mediaBanner(lines)];
}

interface Measure {
  readonly name: string;
  readonly read: (record: SessionRecord) => number;
  readonly asked: (record: SessionRecord) => number;
  readonly told: (value: number) => string;
}

function otherThanAsked(lines: readonly OpenedLine[], { name, read, asked, told }: Measure): string[] {
  const off = lines.filter(({ openings }) => openings.some((record) => differ(read(record), asked(record))));
  if (off.length === 0) return [];
  const each = groupBy(off, ({ seriesLabel }) => seriesLabel).map((same) => `${same[0]?.seriesLabel ?? ''} ${formatList(same.map((line) => {
    const record = line.openings.find((one) => differ(read(one), asked(one))) ?? line.openings[0];
    return `${told(read(record))} instead of ${told(asked(record))} (${line.at})`;
  }))}`);
  return [`NOT THE ${name.toUpperCase()} ASKED FOR: ${each.join('; ')}. Its times do not compare like with like.`];
}

/** What was asked for as many cores must be the same for all; who has something else than asked is told already. */
function unequal(lines: readonly OpenedLine[], { name, read, asked, told }: Measure): string[] {
  const sound = lines.filter(({ openings: [record] }) => !differ(read(record), asked(record)));
  return groupBy(sound, ({ openings: [record] }) => String(record.asked.threads_total)).flatMap((level) => {
    const values = level.map(({ openings: [record] }) => read(record));
    if (!differ(Math.max(...values), Math.min(...values))) return [];
    const groups = groupBy(level, ({ openings: [record] }) => told(read(record))).sort((a, b) => a.length - b.length);
    return [`NOT THE SAME ${name.toUpperCase()} for as many cores (${level[0]?.openings[0].asked.threads_total ?? 0}): ${minorityFirst(groups, ([line]) => told(read((line as OpenedLine).openings[0])))}. Their times do not compare like with like.`];
  });
}

function mediaBanner(lines: readonly OpenedLine[]): string[] {
  const media = groupBy(groupBy(lines, ({ seriesLabel }) => seriesLabel).map(([line]) => line as OpenedLine), ({ openings: [record] }) => record.parity.storage_medium).sort((a, b) => a.length - b.length);
  if (media.length < 2) return [];
  return [`NOT THE SAME STORAGE: ${minorityFirst(media, ([line]) => (line as OpenedLine).openings[0].parity.storage_medium, false)}, by their own account.`];
}

/** Names all but the largest group, which is `the others`. */
function minorityFirst(groups: readonly OpenedLine[][], valueOf: (group: OpenedLine[]) => string, withPlace = true): string {
  const named = groups.map((group, index) => {
    const who = index === groups.length - 1 && groups.length > 1 && group.length > 2 ? 'the others' : formatList([...new Set(group.map((line) => (withPlace ? placeOf(line) : line.seriesLabel)))]);
    return `${who}: ${valueOf(group)}`;
  });
  return named.join('; ');
}

function placeOf({ seriesLabel, at }: OpenedLine): string {
  return at === 'one process' ? seriesLabel : `${seriesLabel} at ${at}`;
}

/** By more than a tenth of the smaller, either way. */
export function differ(a: number, b: number): boolean {
  return Math.max(a, b) > Math.min(a, b) * (1 + PARITY_TOLERANCE);
}
