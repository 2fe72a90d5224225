import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readParquet } from '../../duckdb/compose.js';
import type { DuckDBSession } from '../../duckdb/session.js';
import { FlowbenchError } from '../../model/errors.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import { PlainParquetFile } from './plain-parquet.js';

/**
 * The folder of a unit with its side inputs as further tables; the shard's own folder where it has none. The
 * program does not read what DuckDB writes, so they are written again.
 */
export async function folderWithSideInputs(unit: WorkUnitV2, folder: string, { session, sideDir }: { readonly session: DuckDBSession; readonly sideDir: string }): Promise<string> {
  if (unit.input.side_inputs.length === 0) return folder;
  const own = join(sideDir, unit.id);
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true });
  for (const file of await readdir(folder)) await symlink(join(folder, file), join(own, file));
  for (const { name, uris } of unit.input.side_inputs) await writeAgain(session, uris, join(own, `${name}.parquet`));
  return own;
}

/** Side inputs of the suite's plans are lists of keys. */
async function writeAgain(session: DuckDBSession, uris: readonly string[], path: string): Promise<void> {
  const { columns, rows } = await session.query(`SELECT * FROM ${readParquet(uris)}`);
  const other = columns.find(({ type }) => type.kind !== 'integer');
  if (other !== undefined) throw new FlowbenchError('internal', `Column "${other.name}" of a side input is ${other.type.kind}, and none but whole numbers are written for ematix-flow.`);
  const file = await PlainParquetFile.create(path, columns.map(({ name }) => ({ name, type: 'int64' })));
  await file.add(rows.length, columns.map((_, index) => {
    const values = BigInt64Array.from(rows, (row) => BigInt(keyOf(row[index])));
    return { bytes: Buffer.from(values.buffer), isSet: null };
  }));
  await file.finish();
}

function keyOf(value: string | null | undefined): string {
  if (value == null) throw new FlowbenchError('internal', 'A side input holds a NULL, which is no key.');
  return value;
}
