import type { Swatch } from '../plots/colors.js';
import type { PlotSize } from '../plots/kit.js';
import { textOf, type Column, type Table, type TableCell } from '../table.js';
import { Html, html } from './html.js';

/** The pieces a page is put together from. */

/** How a place is named from where the page lies; null for what cannot be reached from there. */
export type HrefOf = (target: string) => string | null;

/** Scrolls sideways in a box of its own, so that the page never does; reachable by keyboard for that. */
export function tableBlock({ caption, columns, rows }: Table, hrefOf: HrefOf): Html {
  return html`<p class="caption" aria-hidden="true">${caption}</p><div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead>${headRows(columns)}</thead>
${runs(rows, ({ group }) => group).map(({ name, members }) => html`<tbody>${name === undefined ? null : html`<tr class="group"><th scope="rowgroup" colspan="${columns.length}"><span>${name}</span></th></tr>`}
${members.map(({ cells }) => bodyRow(columns, cells, hrefOf))}</tbody>`)}</table></div>`;
}

/** One row of column names, and above it one of their groups where they have any. */
function headRows(columns: readonly Column[]): Html {
  const names = html`<tr>${columns.map(({ name, kind }) => html`<th scope="col" class="${kind}">${name}</th>`)}</tr>`;
  if (columns.every(({ group }) => group === undefined)) return names;
  const groups = runs(columns, ({ group }) => group).map(({ name, members }) => html`<th scope="colgroup" colspan="${members.length}" class="group">${name}</th>`);
  return html`<tr>${groups}</tr>${names}`;
}

/** A name of more letters breaks into lines where the screen is narrow. */
const LONG_NAME = 20;

function bodyRow(columns: readonly Column[], [name = '', ...cells]: readonly TableCell[], hrefOf: HrefOf): Html {
  return html`<tr><th scope="row"${textOf(name).length > LONG_NAME ? new Html(' class="long"') : null}>${textOf(name)}</th>${cells.map((cell, index) => html`<td class="${columns[index + 1]?.kind}${classOf(cell)}">${content(cell, hrefOf)}</td>`)}</tr>
`;
}

function classOf(cell: TableCell): string {
  const tone = typeof cell === 'string' ? undefined : cell.tone;
  if (tone === 'quiet') return ' quiet';
  return tone === 'bad' || textOf(cell).startsWith('DNF') ? ' dnf' : '';
}

function content(cell: TableCell, hrefOf: HrefOf): Html | string {
  const href = typeof cell === 'string' || cell.target === undefined ? null : hrefOf(cell.target);
  return href === null ? textOf(cell) : html`<a href="${href}">${textOf(cell)}</a>`;
}

/** Neighbours of the same name, together. */
function runs<T>(items: readonly T[], nameOf: (item: T) => string | undefined): { name: string | undefined; members: T[] }[] {
  const found: { name: string | undefined; members: T[] }[] = [];
  for (const item of items) {
    const last = found.at(-1);
    if (last !== undefined && last.name === nameOf(item)) last.members.push(item);
    else found.push({ name: nameOf(item), members: [item] });
  }
  return found;
}

export interface LegendEntry {
  readonly swatch: Swatch;
  /** `heading` has no sample: it names what the entries after it belong to. */
  readonly shape: 'line' | 'block' | 'dot' | 'ring' | 'tick' | 'cross' | 'heading';
}

export function entries(swatches: readonly Swatch[], shape: LegendEntry['shape']): LegendEntry[] {
  return swatches.map((swatch) => ({ swatch, shape }));
}

function legend(list: readonly LegendEntry[]): Html | null {
  if (list.length === 0) return null;
  return html`<ul class="legend">${list.map(({ swatch, shape }) => html`<li class="${shape}">${sample(swatch, shape)}${swatch.name}</li>`)}</ul>`;
}

function sample({ color, dash }: Swatch, shape: LegendEntry['shape']): Html | null {
  if (shape === 'heading') return null;
  if (shape === 'line') return html`<svg class="sample" viewBox="0 0 28 10" width="28" height="10" aria-hidden="true"><line x1="0" y1="5" x2="28" y2="5" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>`;
  if (shape === 'cross') return html`<span class="sample cross" aria-hidden="true">×</span>`;
  return html`<span class="sample ${shape}" style="--swatch:${color}" aria-hidden="true"></span>`;
}

export interface Picture {
  readonly title: string;
  readonly legend: readonly LegendEntry[];
  /** Each on lines of its own below the first. */
  readonly moreLegends?: readonly (readonly LegendEntry[])[];
  /** Null where there is nothing to draw; the reason then stands in the note. */
  readonly draw: ((size: PlotSize) => Html) | null;
}

/** Both renderings are in the page; the style sheet shows the one that fits the screen. */
export function pictureBlock({ title, legend: list, moreLegends = [], draw }: Picture): Html | null {
  if (draw === null) return null;
  return html`<figure><figcaption>${title}</figcaption>${[list, ...moreLegends].map(legend)}<div class="plot wide">${draw('wide')}</div><div class="plot narrow">${draw('narrow')}</div></figure>`;
}

export interface Topic {
  readonly title: string;
  /** What must not be missed here. */
  readonly banners?: readonly string[];
  readonly notes: readonly string[];
  readonly pictures: readonly Picture[];
  readonly tables: readonly (Table | null)[];
  /** The same for less important cases, folded away under their titles. */
  readonly folded?: readonly Topic[];
}

export function topicBlock(topic: Topic, hrefOf: HrefOf): Html {
  return html`<section class="topic"><h3>${topic.title}</h3>${topicBody(topic, hrefOf)}</section>
`;
}

function topicBody({ banners = [], notes, pictures, tables, folded = [] }: Topic, hrefOf: HrefOf): Html {
  return html`${bannerBlock(banners)}${notes.map((note) => html`<p class="note">${note}</p>`)}${pictures.map(pictureBlock)}${tables.map((table) => (table === null ? null : tableBlock(table, hrefOf)))}${
    folded.map((topic) => html`<details><summary>${topic.title}</summary>${topicBody(topic, hrefOf)}</details>`)}`;
}

export function bannerBlock(banners: readonly string[]): Html | null {
  return banners.length === 0 ? null : html`<div class="banner" role="note">${banners.map((banner) => html`<p>${banner}</p>`)}</div>`;
}
