import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { messageOf } from '../../model/errors.js';
import type { AnswerPage } from './answer-page.js';
import { parseExactJson } from './exact-json.js';
import type { HttpAnswer, HttpConnection } from './http.js';

export interface CancelPlace {
  readonly connection: HttpConnection;
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the server may take to be rid of it. */
  readonly goneWithinMs: number;
}

/** A statement whose first page has not come yet has no name to cancel it by. */
const FIRST_PAGE_MS = 5_000;
const REQUEST_MS = 5_000;
const POLL_MS = 50;

const infoSchema = z.object({ state: z.string(), queryStats: z.object({ runningTasks: z.coerce.number().default(0), runningDrivers: z.coerce.number().default(0) }) });

/**
 * Cancels a query and waits until the server shows that nothing of it runs. Says in one sentence what became
 * of it: whoever asked has stopped waiting already, and a server that is gone is no failure of theirs.
 */
export async function cancelQuery(place: CancelPlace, begun: AnswerPage | Promise<AnswerPage>): Promise<string> {
  try {
    const page = await Promise.race([begun, sleep(FIRST_PAGE_MS, null, { ref: false })]);
    if (page === null) return `Trino did not name it within ${FIRST_PAGE_MS / 1000} s, so that it could not be cancelled there.`;
    if (page.nextUri === undefined) return 'It had ended on Trino by then.';
    await send(place, 'DELETE', new URL(page.nextUri));
    return await fateOf(place, page.id);
  } catch (error) {
    return `It could not be cancelled on Trino: ${messageOf(error)}`;
  }
}

async function fateOf(place: CancelPlace, queryId: string): Promise<string> {
  const giveUpAtMs = performance.now() + place.goneWithinMs;
  for (;;) {
    const remains = await whatRuns(place, queryId);
    if (remains === null) return 'Trino shows that it is gone.';
    if (performance.now() > giveUpAtMs) return `Trino still shows it ${place.goneWithinMs / 1000} s later: ${remains}.`;
    await sleep(POLL_MS);
  }
}

/** What of a query the server still carries out; null for nothing. */
async function whatRuns(place: CancelPlace, queryId: string): Promise<string | null> {
  const { status, text } = await send(place, 'GET', new URL(`/v1/query/${queryId}?pruned=true`, place.server));
  if (status === 404 || status === 410) return null;
  if (status !== 200) return `status ${status}`;
  const { state, queryStats: { runningTasks, runningDrivers } } = infoSchema.parse(parseExactJson(text));
  const isOver = (state === 'FAILED' || state === 'FINISHED') && runningTasks === 0 && runningDrivers === 0;
  return isOver ? null : `${state} with ${runningTasks} tasks and ${runningDrivers} drivers running`;
}

function send({ connection, headers }: CancelPlace, method: 'GET' | 'DELETE', url: URL): Promise<HttpAnswer> {
  return connection.send({ method, url, headers, signal: AbortSignal.timeout(REQUEST_MS) });
}
