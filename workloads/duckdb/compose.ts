/** SQL text helpers: quoting, lists, and putting named sources in front of a query. */

/** `it's` → `'it''s'`. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `my "table"` → `"my ""table"""`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A list literal of strings: `['a', 'b']`. */
export function literalList(values: readonly string[]): string {
  return `[${values.map(quoteLiteral).join(', ')}]`;
}

/**
 * The table function that reads these Parquet files as one relation. Folder names like `year=1992` stay
 * folder names: read as columns they would change the table.
 */
export function readParquet(uris: readonly string[]): string {
  return `read_parquet(${literalList(uris)}, hive_partitioning = false)`;
}

/** Blanks, line comments and block comments before the first word. */
const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/;
const WITH_KEYWORD = /^WITH(\s+RECURSIVE)?\b/i;

/**
 * Makes each entry visible to `sql` as a relation of that name. They become CTEs that are inlined, not
 * materialised, so that filters and column pruning reach the scans; CTEs that `sql` itself starts with
 * come after them. A trailing semicolon is dropped, as the text is put inside other statements.
 */
export function withSources(sources: ReadonlyMap<string, string>, sql: string): string {
  const body = sql.replace(/[;\s]+$/, '');
  if (sources.size === 0) return body;
  const entries = [...sources].map(([name, expression]) => `${quoteIdentifier(name)} AS NOT MATERIALIZED (${expression})`);
  const start = LEADING.exec(body)?.[0].length ?? 0;
  const rest = body.slice(start);
  const keyword = WITH_KEYWORD.exec(rest);
  if (keyword === null) return `WITH ${entries.join(',\n')}\n${body}`;
  return `WITH${keyword[1] ?? ''} ${entries.join(',\n')},\n${rest.slice(keyword[0].length)}`;
}
