import { FlowbenchError } from '../../model/errors.js';
import type { SessionContext } from '../contract.js';
import { awaitTrino, type AwaitOptions, type LiveTrino } from './live-nodes.js';
import type { TrinoPlace } from './place.js';

/** Waits until a place is ready, or ready again. Throws `engine_unavailable` where another release is there than asked for. */
export async function awaitPlace(context: SessionContext, place: TrinoPlace): Promise<LiveTrino> {
  const options: AwaitOptions = { workers: place.workers, giveUpAtMs: performance.now() + place.readyWithinMs, ...(context.signal === undefined ? {} : { signal: context.signal }) };
  const live = await awaitTrino(place.client, options, () => place.process?.lost() ?? null);
  if (live.version === place.version) return live;
  throw new FlowbenchError('engine_unavailable', `The Trino at ${place.client.url.host} is ${live.version}, and ${place.version} was asked for.`, {
    remedy: 'Ask for the one that is there, or put the other one there.',
  });
}
