import { textOf, type Table, type TableCell } from './table.js';

/** How a place is named from where the file lies; null for what cannot be reached from there. */
export type HrefOf = (target: string) => string | null;

/** Markdown has no headlines inside a table: a row's group becomes its first column, a column's group part of its name. */
export function tableText({ caption, columns, rows }: Table, hrefOf: HrefOf = () => null): string {
  const grouped = rows.some(({ group }) => group !== undefined);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = [...(grouped ? ['Engine'] : []), ...columns.map(({ name, group }) => escapeMarkdown(group === undefined ? name : `${group}, ${name}`))];
  const rule = [...(grouped ? ['---'] : []), ...columns.map(({ kind }) => (kind === 'number' ? '--:' : '---'))];
  const body = rows.map(({ group, cells }) => [...(grouped ? [escapeMarkdown(group ?? '')] : []), ...cells.map((cell) => cellText(cell, hrefOf))]);
  return `${escapeMarkdown(caption)}:\n\n${[head, rule, ...body].map(line).join('\n')}`;
}

function cellText(cell: TableCell, hrefOf: HrefOf): string {
  const href = typeof cell === 'string' || cell.target === undefined ? null : hrefOf(cell.target);
  return href === null ? escapeMarkdown(textOf(cell)) : `[${escapeMarkdown(textOf(cell))}](<${href.replace(/[<>\s]/g, encodeURIComponent)}>)`;
}

/** Text stays text: no markup, no HTML, no link, no second line in a table. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/[\\`*_[\]<>|~&$]/g, '\\$&');
}
