import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Field, makeData, RecordBatch, RecordBatchFileWriter, Schema, Struct } from 'apache-arrow';
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import type { DuckDBSession } from '../duckdb/session.js';
import { FlowbenchError } from '../model/errors.js';
import { arrowColumn, type ArrowColumn } from './arrow-columns.js';
import type { OutputTarget, PreparedOutput } from './parquet-output.js';
import { writeError, type PendingFiles } from './pending-files.js';

/**
 * Writes the query's rows as one Arrow IPC file, a record batch per column chunk of the engine, so that a
 * partial of any size passes through in pieces. DuckDB's Node API has no Arrow export of its own.
 */
export async function prepareArrow(session: DuckDBSession, sql: string, target: OutputTarget, pending: PendingFiles): Promise<PreparedOutput> {
  if (target.buckets > 1) {
    throw new FlowbenchError('work_unit_invalid', `output.buckets is ${target.buckets} with kind "arrow_ipc", which has one file.`, {
      remedy: 'Ask for Parquet, or for 1 bucket.',
    });
  }
  const statement = await session.prepare(sql);
  const path = pending.add(target.uri);
  return { run: async () => [await writeFile(await statement.stream(), path, target.uri)] };
}

async function writeFile(result: DuckDBResult, path: string, target: string): Promise<number> {
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, index) => arrowColumn(name, types[index] as (typeof types)[number]));
  const schema = new Schema(result.columnNames().map((name, index) => Field.new({ name, type: (columns[index] as ArrowColumn).type, nullable: true })));
  const writer = new RecordBatchFileWriter();
  const written = pipeline(writer.toNodeStream(), createWriteStream(path, { flags: 'wx' })).catch((cause: unknown) => {
    throw writeError(target, cause);
  });
  const produced = produce(result, schema, columns, writer);
  // Either side's failure ends the other; the first one is what happened.
  const [rows] = await Promise.all([produced, written]);
  return rows;
}

async function produce(result: DuckDBResult, schema: Schema, columns: readonly ArrowColumn[], writer: RecordBatchFileWriter): Promise<number> {
  let rows = 0;
  try {
    // An empty batch first, so that a partial without rows still carries its columns and types.
    writer.write(batchOf(schema, columns.map((column) => column.encode([])), 0));
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      writer.write(encode(chunk, schema, columns));
      rows += chunk.rowCount;
    }
    writer.finish();
    writer.close();
    return rows;
  } catch (error) {
    writer.abort(error);
    throw error;
  }
}

function encode(chunk: DuckDBDataChunk, schema: Schema, columns: readonly ArrowColumn[]): RecordBatch {
  return batchOf(schema, columns.map((column, index) => column.encode(chunk.getColumnValues(index))), chunk.rowCount);
}

function batchOf(schema: Schema, children: ReturnType<ArrowColumn['encode']>[], length: number): RecordBatch {
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}
