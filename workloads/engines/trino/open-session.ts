import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenStages, SessionContext } from '../contract.js';
import { awaitPlace } from './await-place.js';
import type { TrinoAnswer } from './client.js';
import { isWithoutNodes } from './errors.js';
import type { TrinoPlace } from './place.js';
import { TrinoSession } from './session.js';
import { createTable, quote } from './tables.js';

/** Statements of ours that prepare a session may take so long, each. */
const STATEMENT_MS = 900_000;
const NODES_AGAIN_MS = 250;

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
  const ask = (sql: string): Promise<TrinoAnswer> => prepare(sql, context, place);
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

/** Carries out a statement of ours, again while the server sees no node to run it on; not for longer than it may take to be ready. */
async function prepare(sql: string, { signal = new AbortController().signal }: SessionContext, place: TrinoPlace): Promise<TrinoAnswer> {
  const giveUpAtMs = performance.now() + place.readyWithinMs;
  for (;;) {
    try {
      return await place.client.run(sql, { deadlineAtMs: performance.now() + STATEMENT_MS, signal });
    } catch (error) {
      if (!isWithoutNodes(error) || performance.now() > giveUpAtMs) throw error;
      await sleep(NODES_AGAIN_MS, undefined, { signal });
    }
  }
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
