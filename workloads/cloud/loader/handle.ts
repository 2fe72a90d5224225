import { FlowbenchError, messageOf } from '../../model/errors.js';
import { type LoadJobs, loadObject, type ObjectStore } from './load.js';
import { objectsOf, uriOf } from './stored-object.js';

export interface LoaderParts {
  readonly store: ObjectStore;
  readonly jobs: LoadJobs;
  /** Takes one line of the log, a JSON object. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

/**
 * Loads every object of an event. Each is tried, whatever became of those before it; what failed is thrown at
 * the end, so that the service repeats the call and, in vain again, keeps the event.
 */
export async function handleEvent(event: unknown, { store, jobs, log }: LoaderParts): Promise<void> {
  const failures: unknown[] = [];
  for (const object of objectsOf(event)) {
    try {
      log({ object: uriOf(object), etag: object.etag, ...(await loadObject(object, store, jobs)) });
    } catch (error) {
      log({ object: uriOf(object), etag: object.etag, outcome: 'failed', error: sentenceOf(error) });
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(sentenceOf).join('\n'));
}

function sentenceOf(error: unknown): string {
  return error instanceof FlowbenchError ? error.sentence : messageOf(error);
}
