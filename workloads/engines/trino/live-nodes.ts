import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { TrinoClient } from './client.js';

/** A node that takes splits, as it describes itself. */
export interface LiveNode {
  readonly nodeId: string;
  readonly processors: number;
  readonly heapBytes: number;
}

export interface LiveTrino {
  readonly version: string;
  /** Those that work: the coordinator is among them only where it is alone. */
  readonly workers: readonly LiveNode[];
}

export interface AwaitOptions {
  /** Workers that must be active. */
  readonly workers: number;
  readonly giveUpAtMs: number;
  readonly signal?: AbortSignal;
}

const POLL_MS = 150;
/** One look at a server; a stopped or starved one does not answer. */
const LOOK_MS = 15_000;
const NODES_SQL = 'SELECT node_id, http_uri, coordinator, state FROM system.runtime.nodes';

const infoSchema = z.object({ nodeVersion: z.object({ version: z.string() }), starting: z.boolean() });
const statusSchema = z.object({ nodeId: z.string(), processors: z.int(), heapAvailable: z.coerce.number() });

/** The release of a server that answers and has started; null while it has not. */
export async function startedVersion(client: TrinoClient): Promise<string | null> {
  const { status, text } = await client.get('/v1/info', AbortSignal.timeout(LOOK_MS));
  if (status !== 200) return null;
  const info = infoSchema.parse(JSON.parse(text));
  return info.starting ? null : info.nodeVersion.version;
}

/**
 * Waits until a Trino has started, its workers are active, and a query that they must carry out is answered:
 * a coordinator that has just started refuses queries for want of nodes (NO_NODES_AVAILABLE).
 */
export async function awaitTrino(client: TrinoClient, options: AwaitOptions, lost: () => FlowbenchError | null): Promise<LiveTrino> {
  let lately = 'it does not answer';
  for (;;) {
    if (options.signal?.aborted === true) throw new FlowbenchError('cancelled', 'Opening Trino was stopped on request.');
    const gone = lost();
    if (gone !== null) throw gone;
    if (performance.now() > options.giveUpAtMs) {
      throw new FlowbenchError('infrastructure', `Trino at ${client.url.host} was not ready in time: ${lately}.`, { remedy: 'Look at its log, or give the machine less other work.' });
    }
    const found = await look(client, options).catch((error: unknown) => messageOf(error));
    if (typeof found !== 'string') return found;
    lately = found;
    await sleep(POLL_MS);
  }
}

/** The live system, or what it still lacks. */
async function look(client: TrinoClient, { workers, signal }: AwaitOptions): Promise<LiveTrino | string> {
  const version = await startedVersion(client);
  if (version === null) return 'it is still starting';
  const limits = { deadlineAtMs: performance.now() + LOOK_MS, signal: signal ?? new AbortController().signal };
  const nodes = (await client.run(NODES_SQL, limits)).rows.filter(([, , , state]) => state === 'active');
  const others = nodes.filter(([, , coordinator]) => coordinator === 'false');
  const working = others.length > 0 ? others : nodes;
  if (working.length < workers) return `${working.length} of ${workers} workers are active`;
  await client.run('SELECT 1', limits);
  const live = await Promise.all(working.map(([, uri]) => describeNode(client, uri ?? '')));
  return { version, workers: live };
}

async function describeNode(client: TrinoClient, uri: string): Promise<LiveNode> {
  const { text } = await client.get(new URL('/v1/status', uri).href, AbortSignal.timeout(LOOK_MS));
  const { nodeId, processors, heapAvailable } = statusSchema.parse(JSON.parse(text));
  return { nodeId, processors, heapBytes: heapAvailable };
}
