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
  readonly cells: readonly string[];
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
