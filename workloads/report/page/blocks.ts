import type { Swatch } from '../plots/colors.js';
import type { PlotSize } from '../plots/kit.js';
import type { Table } from '../table.js';
import { html, type Html } from './html.js';

/** The pieces a page is put together from. */

/** Scrolls sideways in a box of its own, so that the page never does; reachable by keyboard for that. */
export function tableBlock({ caption, head, rows, textColumns = [] }: Table): Html {
  const kind = (column: number): string => (column === 0 || textColumns.includes(column) ? 'text' : 'number');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell, column) => html`<th scope="col" class="${kind(column)}">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell, index) => html`<td class="${kind(index + 1)}${cell.startsWith('DNF') ? ' dnf' : ''}">${cell}</td>`)}</tr>
`)}</tbody></table></div>`;
}

export interface LegendEntry {
  readonly swatch: Swatch;
  readonly shape: 'line' | 'block' | 'dot' | 'ring' | 'tick' | 'cross';
}

export function entries(swatches: readonly Swatch[], shape: LegendEntry['shape']): LegendEntry[] {
  return swatches.map((swatch) => ({ swatch, shape }));
}

function legend(list: readonly LegendEntry[]): Html | null {
  if (list.length === 0) return null;
  return html`<ul class="legend">${list.map(({ swatch, shape }) => html`<li>${sample(swatch, shape)}${swatch.name}</li>`)}</ul>`;
}

function sample({ color, dash }: Swatch, shape: LegendEntry['shape']): Html {
  if (shape === 'line') return html`<svg class="sample" viewBox="0 0 28 10" width="28" height="10" aria-hidden="true"><line x1="0" y1="5" x2="28" y2="5" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>`;
  if (shape === 'cross') return html`<span class="sample cross" aria-hidden="true">×</span>`;
  return html`<span class="sample ${shape}" style="--swatch:${color}" aria-hidden="true"></span>`;
}

export interface Picture {
  readonly title: string;
  readonly legend: readonly LegendEntry[];
  /** Null where there is nothing to draw; the reason then stands in the note. */
  readonly draw: ((size: PlotSize) => Html) | null;
}

/** Both renderings are in the page; the style sheet shows the one that fits the screen. */
export function pictureBlock({ title, legend: list, draw }: Picture): Html | null {
  if (draw === null) return null;
  return html`<figure><figcaption>${title}</figcaption>${legend(list)}<div class="plot wide">${draw('wide')}</div><div class="plot narrow">${draw('narrow')}</div></figure>`;
}

export interface Topic {
  readonly title: string;
  readonly notes: readonly string[];
  readonly pictures: readonly Picture[];
  readonly tables: readonly (Table | null)[];
}

export function topicBlock({ title, notes, pictures, tables }: Topic): Html {
  return html`<section class="topic"><h3>${title}</h3>${notes.map((note) => html`<p class="note">${note}</p>`)}${pictures.map(pictureBlock)}${tables.map((table) => (table === null ? null : tableBlock(table)))}</section>
`;
}

export function bannerBlock(banners: readonly string[]): Html | null {
  return banners.length === 0 ? null : html`<div class="banner" role="note">${banners.map((banner) => html`<p>${banner}</p>`)}</div>`;
}
