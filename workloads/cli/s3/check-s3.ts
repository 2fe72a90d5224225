import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoteLiteral, readParquet } from '../../duckdb/compose.js';
import { DuckDBSession } from '../../duckdb/session.js';
import { FlowbenchError } from '../../model/errors.js';
import { joinUri } from '../../model/storage-uri.js';
import { s3AccessFor } from '../../storage/s3-access.js';
import { storageOf } from '../../storage/storage-of.js';

/** One thing that was tried. */
export interface CheckedStep {
  readonly what: string;
  /** Null: it worked. */
  readonly failure: string | null;
  readonly tookMs: number;
}

const ROWS = 1000;
const MEMORY_BYTES = 200e6;

/**
 * Tries with an object of its own all that a run does there: writes it where nothing is, is refused to write it
 * again, reads, lists, reads it by DuckDB, removes it.
 */
export async function checkPlace(base: string, onStep: (step: CheckedStep) => void): Promise<boolean> {
  const storage = storageOf(base);
  const folder = joinUri(base, `flowbench-check-${randomUUID()}`);
  const probe = joinUri(folder, 'probe.parquet');
  const scratch = await mkdtemp(join(tmpdir(), 'flowbench-check-'));
  const file = join(scratch, 'probe.parquet');
  let allWell = true;
  const step = async (what: string, work: () => Promise<void>): Promise<boolean> => {
    const startedAtMs = performance.now();
    const failure = await work().then(() => null, sentenceOf);
    onStep({ what, failure, tookMs: performance.now() - startedAtMs });
    allWell &&= failure === null;
    return failure === null;
  };
  try {
    await inSession(scratch, [], (session) => session.execute(`COPY (SELECT range AS id FROM range(${ROWS})) TO ${quoteLiteral(file)} (FORMAT parquet)`));
    await step('lists', async () => { await storage.list(folder); });
    if (!(await step('writes', async () => { await storage.upload(file, probe, { ifAbsent: true }); }))) return false;
    await step('keeps what is there', async () => { expectThat((await storage.upload(file, probe, { ifAbsent: true })) === 'exists', 'A second write of the same name was not refused: of two workers both would win.'); });
    await step('reads', async () => { expectThat((await storage.read(probe)) !== null, `${probe} was written and is not there.`); });
    await step('lists what was written', async () => { expectThat((await storage.list(folder)).length === 1, `${folder} does not list what was written.`); });
    await step('reads by DuckDB', () => inSession(scratch, [probe], async (session) => {
      const { rows } = await session.query(`SELECT count(*) FROM ${readParquet([probe])}`);
      expectThat(rows[0]?.[0] === String(ROWS), `DuckDB counted ${rows[0]?.[0]} rows of ${ROWS}.`);
    }));
    await step('removes', () => storage.removeAll(folder));
    return allWell;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function inSession(scratch: string, uris: readonly string[], work: (session: DuckDBSession) => Promise<void>): Promise<void> {
  const s3 = await s3AccessFor(uris);
  const session = await DuckDBSession.open({ threads: 1, memoryLimitBytes: MEMORY_BYTES, spillDir: join(scratch, 'spill'), parquetMetadataCache: false, ...(s3 === undefined ? {} : { s3 }) });
  try {
    await work(session);
  } finally {
    session.close();
  }
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new FlowbenchError('storage_read', otherwise);
}

function sentenceOf(error: unknown): string {
  if (error instanceof FlowbenchError) return error.sentence;
  throw error;
}
