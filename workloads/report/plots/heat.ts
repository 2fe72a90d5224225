import type { Html } from '../page/html.js';
import { formatDuration, formatRatio } from '../format.js';
import type { Contender, Level } from '../model/engine-types.js';
import type { Cell } from '../model/series-types.js';
import { nameOf } from '../engine-tables.js';
import type { Markish, PlotKit, PlotSize } from './kit.js';

/** Upper ends of the colour steps, even on a logarithmic scale as nearly as round numbers go. */
const STEPS = [1.1, 1.5, 2, 3, 5, 10] as const;

/** What stands in a cell without a number: short enough for a phone, told in full in the legend. */
const SHORT: Readonly<Record<string, string>> = {
  wrong_answer: 'wrong', timeout: 'time', out_of_memory: 'mem', out_of_disk: 'disk', unsupported: 'n/s', unavailable: 'n/a', engine_error: 'err', infrastructure_error: 'infra',
  not_run: '–', cold_only: 'cold', interrupted: 'int',
};

export interface HeatCell {
  readonly query: string;
  readonly column: string;
  readonly text: string;
  /** Null for a cell without a number. */
  readonly step: number | null;
  readonly title: string;
  /** Why there is no number; null for one. */
  readonly missing: string | null;
}

export interface HeatMap {
  readonly columns: readonly { readonly letter: string; readonly name: string }[];
  readonly queries: readonly string[];
  readonly cells: readonly HeatCell[];
}

/** Every query of every contender ÷ the fastest of that query; null with fewer than two contenders. */
export function heatMap({ contenders }: Level): HeatMap | null {
  const [first] = contenders;
  if (first === undefined || contenders.length < 2) return null;
  const columns = contenders.map((one, index) => ({ letter: letterOf(index), name: nameOf(one) }));
  const queries = first.configuration.cells.map(({ query }) => query);
  const cells = queries.flatMap((query) => {
    const row = contenders.map((one, index) => ({ one, column: letterOf(index), cell: one.configuration.cells.find((cell) => cell.query === query) }));
    const fastestMs = Math.min(...row.flatMap(({ cell }) => medianOfCell(cell) ?? []));
    return row.map(({ one, column, cell }) => heatCell(query, column, one, cell, fastestMs));
  });
  return { columns, queries, cells };
}

/** A, B, … Z, AA, … */
function letterOf(index: number): string {
  return (index >= 26 ? letterOf(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26));
}

function medianOfCell(cell: Cell | undefined): number | null {
  return cell?.outcome.kind === 'ok' ? cell.outcome.timing.median : null;
}

function heatCell(query: string, column: string, contender: Contender, cell: Cell | undefined, fastestMs: number): HeatCell {
  const ms = medianOfCell(cell);
  const place = `${query}, ${nameOf(contender)}`;
  if (ms !== null) {
    const ratio = ms / fastestMs;
    const above = STEPS.findIndex((end) => ratio <= end);
    return { query, column, text: ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0), step: above === -1 ? STEPS.length + 1 : above + 1, title: `${place}: ${formatDuration(ms)}, ${formatRatio(ratio)} the fastest`, missing: null };
  }
  const outcome = cell?.outcome ?? { kind: 'not_run' as const };
  const why = outcome.kind === 'dnf' ? outcome.status : outcome.kind;
  return { query, column, text: SHORT[why] ?? why, step: null, title: `${place}: ${why.replaceAll('_', ' ')}`, missing: why };
}

/** `up to 1.1×`, …, `over 10×`, each with its colour. */
export function heatSteps(): { name: string; color: string }[] {
  return [...STEPS.map((end, index) => ({ name: `up to ${end}×`, color: `var(--heat-${index + 1})` })), { name: `over ${STEPS.at(-1) ?? ''}×`, color: `var(--heat-${STEPS.length + 1})` }];
}

/** The short words that occur, told in full. */
export function heatWords(map: HeatMap): string[] {
  const used = [...new Set(map.cells.flatMap(({ missing }) => missing ?? []))];
  return used.map((why) => `${SHORT[why] ?? why}: ${why.replaceAll('_', ' ')}`);
}

const ROW_PX = 24;

/** A row a query. */
export function drawHeat(kit: PlotKit, size: PlotSize, label: string, map: HeatMap): Html {
  return kit.draw(size, label, {
    height: map.queries.length * ROW_PX + 40, marginLeft: 40, marginRight: 2, marginTop: 30, marginBottom: 6,
    x: { type: 'band', domain: map.columns.map(({ letter }) => letter), axis: 'top', label: null, tickSize: 0, padding: 0.03 },
    y: { type: 'band', domain: map.queries, label: null, tickSize: 0, padding: 0.06 },
    color: { type: 'identity' },
    marks: heatMarks(kit, map, { x: 'column', y: 'query' }, size === 'wide' ? 13 : 11),
  });
}

const NAME_PX_PER_CHARACTER = 6.6;

/** A row a contender, named beside it: wide and low, to stand in a text. */
export function drawHeatRows(kit: PlotKit, label: string, map: HeatMap): Html {
  const names = new Map(map.columns.map(({ letter, name }) => [letter, name]));
  const longest = Math.max(...map.columns.map(({ name }) => name.length));
  return kit.draw('wide', label, {
    height: map.columns.length * ROW_PX + 34, marginLeft: 14 + longest * NAME_PX_PER_CHARACTER, marginRight: 6, marginTop: 28, marginBottom: 6,
    style: { fontSize: '12px', overflow: 'visible' },
    x: { type: 'band', domain: map.queries, axis: 'top', label: null, tickSize: 0, tickFormat: (query: string) => query.slice(1), padding: 0.03 },
    y: { type: 'band', domain: map.columns.map(({ letter }) => letter), label: null, tickSize: 0, tickFormat: (letter: string) => names.get(letter) ?? letter, padding: 0.06 },
    color: { type: 'identity' },
    marks: heatMarks(kit, map, { x: 'query', y: 'column' }, 10),
  });
}

/** Colour and number say the same, so that neither is needed to read the other. */
function heatMarks({ Plot }: PlotKit, map: HeatMap, place: { readonly x: keyof HeatCell; readonly y: keyof HeatCell }, fontSize: number): Markish[] {
  const done = map.cells.filter(({ step }) => step !== null);
  const missing = map.cells.filter(({ step }) => step === null);
  return [
    Plot.cell(done, { ...place, fill: ({ step }: HeatCell) => `var(--heat-${step})`, title: 'title' }),
    Plot.cell(missing, { ...place, fill: 'none', stroke: 'var(--bad)', strokeDasharray: '3 3', inset: 0.5, title: 'title' }),
    Plot.text(done, { ...place, text: 'text', fill: ({ step }: HeatCell) => `var(--heat-text-${step})`, fontSize }),
    Plot.text(missing, { ...place, text: 'text', fill: 'var(--bad)', fontSize, fontWeight: 600 }),
  ];
}
