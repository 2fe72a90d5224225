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
/** What fits the narrow picture. */
const HEADER_WIDTH_EM = 28;
const HEADER_FONT_PX: Readonly<Record<PlotSize, number>> = { wide: 13, narrow: 11 };

/** Rows in groups, each group under a headline of its own: labels stay short, so that a phone shows them whole. */
export function bandsOf(rows: readonly { readonly group: string; readonly name: string }[]): Band[] {
  const bands = new Map<string, Band>();
  for (const { group, name } of rows) {
    const key = bandKey({ group, name });
    if (!bands.has(group)) bands.set(group, { key: group, header: true, name: group });
    if (!bands.has(key)) bands.set(key, { key, header: false, name });
  }
  return [...bands.values()];
}

export function bandKey({ group, name }: { readonly group: string; readonly name: string }): string {
  return `${group} / ${name}`;
}

/** The axis and the headlines that bars and dots over {@link bandsOf} share. */
export function bandFrame(kit: PlotKit, size: PlotSize, bands: readonly Band[]): { options: PlotOptions; headers: ReturnType<PlotKit['Plot']['text']> } {
  const names = new Map(bands.map(({ key, header, name }) => [key, header ? '' : name]));
  const longest = Math.max(...[...names.values()].map((name) => name.length));
  const marginLeft = 16 + longest * 7;
  return {
    options: {
      height: bands.length * BAND_PX + 56, marginLeft, marginRight: 16, marginTop: 4, marginBottom: 44,
      y: { type: 'band', domain: bands.map(({ key }) => key), label: null, tickSize: 0, tickFormat: (key: string) => names.get(key) ?? '', padding: 0.22 },
    },
    headers: kit.Plot.text(bands.filter(({ header }) => header), { y: 'key', text: 'name', frameAnchor: 'left', dx: 4 - marginLeft, dy: 3, fontWeight: 600, fontSize: HEADER_FONT_PX[size], textOverflow: 'ellipsis', lineWidth: HEADER_WIDTH_EM }),
  };
}

/** Horizontal bars of stacked parts. */
export function drawBars(kit: PlotKit, size: PlotSize, label: string, bars: readonly Bar[], xLabel: string): Html {
  const { Plot } = kit;
  const { options, headers } = bandFrame(kit, size, bandsOf(bars));
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
