import type { OpenStages, SessionContext } from '../contract.js';
import { awaitPlace } from './await-place.js';
import type { TrinoAnswer } from './client.js';
import type { TrinoPlace } from './place.js';
import { TrinoSession } from './session.js';
import { createTable, quote } from './tables.js';

/** Statements of ours that prepare a session may take so long, each. */
const STATEMENT_MS = 900_000;

/**
 * Opens a session on a Trino: waits until it is ready, refuses another release than asked for, makes the
 * tables known and has their statistics collected. Throws and leaves the place as it is where that fails.
 *
 * @param begunAtMs on the clock of `performance.now()`: when the engine began to be started, or to be waited for
 */
export async function openTrinoSession(context: SessionContext, place: TrinoPlace, begunAtMs: number): Promise<TrinoSession> {
  const lap = stopwatch(begunAtMs);
  const live = await awaitPlace(context, place);
  const startMs = lap();
  const ask = (sql: string): Promise<TrinoAnswer> => place.client.run(sql, { deadlineAtMs: performance.now() + STATEMENT_MS, signal: context.signal ?? new AbortController().signal });
  let registerMs: number | null = null;
  if (place.tables !== null) {
    await ask(`CREATE SCHEMA ${quote(place.schema)}`);
    for (const table of place.tables) await ask(createTable(place.schema, table));
    registerMs = lap();
  }
  for (const name of Object.keys(context.dataset.manifest.tables)) await ask(`ANALYZE ${quote(place.schema)}.${quote(name)}`);
  const analyzeMs = lap();
  const properties = new Map((await ask('SHOW SESSION')).rows.map(([name, value]) => [name ?? '', value ?? '']));
  // There is nothing to open in a Trino that is ready: every statement stands for itself.
  const openStages: OpenStages = { startMs, sessionMs: null, registerMs, analyzeMs };
  return new TrinoSession({ context, place, live, properties, openStages, openMs: performance.now() - begunAtMs });
}

/** Milliseconds since the last call, at first since a time. */
function stopwatch(startedAtMs: number): () => number {
  let since = startedAtMs;
  return () => {
    const now = performance.now();
    const ms = now - since;
    since = now;
    return ms;
  };
}
