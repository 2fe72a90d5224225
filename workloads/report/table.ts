/** A table before it is Markdown or HTML. The first column names the row. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold text and not numbers, besides the first. */
  readonly textColumns?: readonly number[];
}
