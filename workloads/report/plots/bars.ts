import type { Html } from '../page/html.js';
import type { PlotKit, PlotOptions, PlotSize } from './kit.js';

/** One stretch of a bar. */
export interface BarPart {
  readonly name: string;
  readonly value: number;
  readonly color: string;
  readonly told: string;
}

export interface Bar {
  /** Told above the first bar of the group. */
  readonly group: string;
  readonly name: string;
  readonly parts: readonly BarPart[];
}

interface Band {
  readonly key: string;
  readonly header: boolean;
  readonly name: string;
}

const BAND_PX = 27;

/** Rows in groups, each group under a headline of its own: labels stay short, so that a phone shows them whole. */
export function bandsOf(rows: readonly { readonly group: string; readonly name: string }[]): Band[] {
  const bands: Band[] = [];
  for (const { group, name } of rows) {
    if (!bands.some(({ key }) => key === group)) bands.push({ key: group, header: true, name: group });
    bands.push({ key: bandKey({ group, name }), header: false, name });
  }
  return bands;
}

export function bandKey({ group, name }: { readonly group: string; readonly name: string }): string {
  return `${group} / ${name}`;
}

/** The axis and the headlines that bars and dots over {@link bandsOf} share. */
export function bandFrame(kit: PlotKit, bands: readonly Band[], xAtLeft: number): { options: PlotOptions; headers: ReturnType<PlotKit['Plot']['text']> } {
  const names = new Map(bands.map(({ key, header, name }) => [key, header ? '' : name]));
  const longest = Math.max(...[...names.values()].map((name) => name.length));
  return {
    options: {
      height: bands.length * BAND_PX + 56, marginLeft: 16 + longest * 7, marginRight: 16, marginTop: 4, marginBottom: 44,
      y: { type: 'band', domain: bands.map(({ key }) => key), label: null, tickSize: 0, tickFormat: (key: string) => names.get(key) ?? '', padding: 0.22 },
    },
    headers: kit.Plot.text(bands.filter(({ header }) => header), { x: () => xAtLeft, y: 'key', text: 'name', textAnchor: 'start', fontWeight: 600, dy: 3 }),
  };
}

/** Horizontal bars of stacked parts. */
export function drawBars(kit: PlotKit, size: PlotSize, label: string, bars: readonly Bar[], xLabel: string): Html {
  const { Plot } = kit;
  const { options, headers } = bandFrame(kit, bandsOf(bars), 0);
  const parts = bars.flatMap((bar) => bar.parts.map((part) => ({ ...part, band: bandKey(bar), title: `${bar.group}, ${bar.name}: ${part.name} ${part.told}` })));
  return kit.draw(size, label, {
    ...options,
    x: { label: xLabel, grid: true, labelAnchor: 'center', labelArrow: 'none', ticks: size === 'wide' ? 8 : 4, zero: true },
    marks: [
      Plot.barX(parts, Plot.stackX({ y: 'band', x: 'value', fill: 'color', title: 'title', insetRight: 0.75 })),
      headers,
    ],
    color: { type: 'identity' },
  });
}
