/** A table before it is Markdown or HTML. The first column names the row. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
}

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Headline over this and its neighbours of the same group. */
  readonly group?: string;
}

/** `prose` may break into lines, the others may not. */
export type ColumnKind = 'text' | 'number' | 'prose';

export interface TableRow {
  /** Headline over this row and its neighbours of the same group; given for all rows of a table or none. */
  readonly group?: string;
  readonly cells: readonly TableCell[];
}

export type TableCell = string | MarkedCell;

export interface MarkedCell {
  readonly text: string;
  /** A place below the folder of a run, or a URL; whoever renders knows whether it can be reached from there. */
  readonly target?: string;
  /** `bad` for what failed, `quiet` for what claims nothing. */
  readonly tone?: 'bad' | 'quiet';
}

export function textOf(cell: TableCell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

export function textColumns(...names: readonly string[]): Column[] {
  return names.map((name) => ({ name, kind: 'text' }));
}

export function numberColumns(...names: readonly string[]): Column[] {
  return names.map((name) => ({ name, kind: 'number' }));
}

export function proseColumns(...names: readonly string[]): Column[] {
  return names.map((name) => ({ name, kind: 'prose' }));
}
