import type * as z from 'zod';
import { loadableRow, RESULT_ROWS_TABLE, type ResultTable, RUN_RECORDS_TABLE } from '../../model/bigquery-schema.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { RUN_RECORD_FILE } from '../../model/names.js';
import { resultRowSchema } from '../../model/result-row.js';
import { runRecordSchema } from '../../model/run-record.js';
import { completeLines, wholeText } from './lines.js';
import { type StoredObject, uriOf } from './stored-object.js';

/** Which contract an object holds, and in which table it goes. */
export interface Content {
  readonly table: ResultTable;
  readonly schema: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Texts of one JSON value each. */
  readonly texts: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<string>;
}

const RESULT_ROWS: Content = { table: RESULT_ROWS_TABLE, schema: resultRowSchema, texts: completeLines };
const RUN_RECORD: Content = {
  table: RUN_RECORDS_TABLE,
  schema: runRecordSchema,
  texts: async function* (chunks) {
    yield await wholeText(chunks);
  },
};

/** What the name of an object says it holds; undefined: nothing that is loaded. */
export function contentOf(key: string): Content | undefined {
  if (key === RUN_RECORD_FILE || key.endsWith(`/${RUN_RECORD_FILE}`)) return RUN_RECORD;
  return key.endsWith('.ndjson') ? RESULT_ROWS : undefined;
}

/** More than these are counted, not listed. */
const MAX_LISTED = 10;

/**
 * An object's rows as lines of a load job. The object is loaded whole or not at all: when any line is no row of
 * this version, it ends by throwing `schema_mismatch` with the number of every such line.
 */
export async function* loadableLines(object: StoredObject, content: Content, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const origin = { stored_at: object.storedAt, source_uri: uriOf(object), source_etag: object.etag };
  const problems: string[] = [];
  let line = 0;
  for await (const text of content.texts(chunks)) {
    line += 1;
    const read = readRow(content, text);
    if ('problem' in read) problems.push(`line ${line}: ${read.problem}`);
    else yield `${JSON.stringify(loadableRow(content.table, read.row, origin))}\n`;
  }
  if (problems.length > 0) throw unloadable(object, problems);
}

function readRow(content: Content, text: string): { readonly row: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problem: messageOf(error) };
  }
  const parsed = content.schema.safeParse(json);
  if (parsed.success) return { row: parsed.data };
  return { problem: parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`).join(', ') };
}

function unloadable(object: StoredObject, problems: readonly string[]): FlowbenchError {
  const more = problems.length > MAX_LISTED ? `; and ${problems.length - MAX_LISTED} more` : '';
  return new FlowbenchError(
    'schema_mismatch',
    `${uriOf(object)} was not loaded: ${problems.length} of its lines are no rows of this version (${problems.slice(0, MAX_LISTED).join('; ')}${more}).`,
    { remedy: 'The object is kept as it is: write it again with the flowbench version that is deployed, or deploy the version that wrote it and copy the object over itself.' },
  );
}
