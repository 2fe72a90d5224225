import type { SessionRecord } from '../../model/session-record.js';
import { groupBy } from '../../results/group-by.js';
import { formatBytes, formatCount, formatList } from '../format.js';
import type { OpenedLine } from './engine-types.js';
import { isSeriesOf } from './null-pairs.js';
import type { Series } from './series-types.js';

/** From this relative difference on two machines are not the same. */
export const PARITY_TOLERANCE = 0.1;

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
export function parityBanners(lines: readonly OpenedLine[]): string[] {
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
  const each = off.map((line) => {
    const record = line.openings.find((one) => differ(read(one), asked(one))) ?? line.openings[0];
    return `${placeOf(line)} has ${told(read(record))} instead of ${told(asked(record))}`;
  });
  return [`NOT WHAT WAS ASKED, ${name}: ${formatList([...new Set(each)])}.`];
}

/** Those at one number of workers were asked for the same, so they must have the same. */
function unequal(lines: readonly OpenedLine[], { name, read, told }: Measure): string[] {
  return groupBy(lines, ({ openings }) => String(openings[0].asked.threads_total)).flatMap((level) => {
    const values = level.map(({ openings }) => read(openings[0]));
    if (!differ(Math.max(...values), Math.min(...values))) return [];
    const same = groupBy(level, ({ openings }) => told(read(openings[0]))).map((group) => `${formatList([...new Set(group.map(placeOf))])} ${group.length === 1 ? 'has' : 'have'} ${told(read((group[0] as OpenedLine).openings[0]))}`);
    return [`NOT THE SAME ${name.toUpperCase()}: ${same.join('; ')}. Their times do not compare like with like.`];
  });
}

function mediaBanner(lines: readonly OpenedLine[]): string[] {
  const media = groupBy(lines, ({ openings }) => openings[0].parity.storage_medium);
  if (media.length < 2) return [];
  const told = media.map((same) => `${formatList([...new Set(same.map(({ seriesLabel }) => seriesLabel))])} from ${(same[0] as OpenedLine).openings[0].parity.storage_medium}`);
  return [`NOT THE SAME STORAGE: ${told.join('; ')} by their own account.`];
}

function placeOf({ seriesLabel, at }: OpenedLine): string {
  return at === 'one process' ? seriesLabel : `${seriesLabel} at ${at}`;
}

/** By more than a tenth of the smaller, either way. */
export function differ(a: number, b: number): boolean {
  return Math.max(a, b) > Math.min(a, b) * (1 + PARITY_TOLERANCE);
}
