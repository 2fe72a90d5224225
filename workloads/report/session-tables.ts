import { formatBytes, formatCount, formatDuration } from './format.js';
import type { OpenedLine, PlanLink } from './model/engine-types.js';
import { shortId } from './model/sections.js';
import { differ } from './model/sessions.js';
import type { Section } from './model/types.js';
import { numberColumns, proseColumns, textColumns, type Table, type TableCell, type TableRow } from './table.js';

/** What sessions had and what they cost to open, by their own account. */

/** Null where no session was recorded. */
export function parityTable({ sessions }: Section): Table | null {
  if (sessions.length === 0) return null;
  return {
    caption: 'What each engine had by its own account',
    columns: [...textColumns('Workers'), ...numberColumns('Cores', 'Memory', 'Parallel tasks', 'Nodes'), ...textColumns('Storage'), ...numberColumns('Scratch free'), ...textColumns('Dataset', 'Version')],
    rows: sessions.map((line) => {
      const { parity, asked, engine_version: version } = line.openings[0];
      return {
        group: line.seriesLabel,
        cells: [
          line.at, gotCell(parity.threads_total, asked.threads_total, formatCount), gotCell(parity.memory_limit_bytes_total, asked.memory_bytes_total, formatBytes),
          parity.parallelism === null ? 'not told' : formatCount(parity.parallelism), formatCount(parity.nodes), parity.storage_medium, formatBytes(parity.scratch_free_bytes), shortId(parity.dataset_id), version,
        ],
      };
    }),
  };
}

function gotCell(got: number, asked: number, told: (value: number) => string): TableCell {
  return differ(got, asked) ? { text: `${told(got)}, asked ${told(asked)}`, tone: 'bad' } : told(got);
}

/** What opening cost, outside every query's time. Null where no session was recorded. */
export function openingTable({ sessions }: Section): Table | null {
  if (sessions.length === 0) return null;
  return {
    caption: 'Opening a session, the first time in the run; no query pays for it',
    columns: [...textColumns('Workers'), ...numberColumns('Start', 'Session', 'Register tables', 'Analyze', 'All', 'Opened', 'Longest')],
    rows: sessions.map(({ seriesLabel, at, openings }) => {
      const [{ open_stages: stages, open_ms: openMs }] = openings;
      return {
        group: seriesLabel,
        cells: [
          at, formatDuration(stages.start_ms), formatDuration(stages.session_ms), formatDuration(stages.register_ms), formatDuration(stages.analyze_ms), formatDuration(openMs),
          openings.length === 1 ? 'once' : `${openings.length} times`, formatDuration(Math.max(...openings.map((one) => one.open_ms))),
        ],
      };
    }),
  };
}

/** Every setting that is not as the engine comes; one that differs by N is told for each. Null where there is none. */
export function settingsTable({ sessions }: Section): Table | null {
  const rows = bySeries(sessions).flatMap(({ label, lines }): TableRow[] => {
    const keys = [...new Set(lines.flatMap(({ openings }) => Object.keys(openings[0].settings)))].sort();
    return keys.map((key) => ({ group: label, cells: [key, valuesOf(lines, (line) => line.openings[0].settings[key] ?? 'not set')] }));
  });
  return rows.length === 0 ? null : { caption: 'Settings that are not as the engine comes', columns: [...textColumns('Setting'), ...proseColumns('Value')], rows };
}

/** How it is known that answers come out of no cache of results. */
export function resultCacheTable({ sessions }: Section): Table | null {
  if (sessions.length === 0) return null;
  const rows = bySeries(sessions).map(({ label, lines }) => ({ cells: [label, valuesOf(lines, ({ openings }) => openings[0].result_cache)] }));
  return { caption: 'Result caches', columns: [...textColumns('Series'), ...proseColumns('What the engine says')], rows };
}

function bySeries(sessions: readonly OpenedLine[]): { label: string; lines: OpenedLine[] }[] {
  return [...new Set(sessions.map(({ seriesLabel }) => seriesLabel))].map((label) => ({ label, lines: sessions.filter((line) => line.seriesLabel === label && line.replica === 1) })).filter(({ lines }) => lines.length > 0);
}

function valuesOf(lines: readonly OpenedLine[], read: (line: OpenedLine) => string): string {
  const values = lines.map((line) => ({ at: line.at, value: read(line) }));
  const distinct = [...new Set(values.map(({ value }) => value))];
  return distinct.length === 1 ? (distinct[0] ?? '') : values.map(({ at, value }) => `${at}: ${value}`).join('; ');
}

/** Plans and pages of the engines, query by query. Null where no row has one. */
export function linkTable({ links, queries }: Section): Table | null {
  if (links.length === 0) return null;
  const columns = [...new Map(links.map((link) => [columnKey(link), link])).values()];
  return {
    caption: 'Plans and pages of the engines, of the last repetition that left one',
    columns: [...textColumns('Query'), ...columns.map((link) => ({ name: `N = ${link.workers}`, kind: 'text' as const, group: link.seriesLabel }))],
    rows: queries.filter((query) => links.some((link) => link.query === query)).map((query) => ({
      cells: [query, ...columns.map((column): TableCell => {
        const link = links.find((one) => one.query === query && columnKey(one) === columnKey(column));
        return link === undefined ? '–' : { text: link.text, target: link.target };
      })],
    })),
  };
}

function columnKey({ seriesId, workers }: PlanLink): string {
  return `${seriesId} ${workers}`;
}
