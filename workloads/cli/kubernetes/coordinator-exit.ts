import { FlowbenchError, type ErrorCode } from '../../model/errors.js';
import { EXIT } from '../exit-codes.js';

/** The exit after which the Job starts another pod, which goes on with the run. */
export const ENDED_BY_CLUSTER = EXIT.tryAgain;

/** Failures of the store, which may pass or not. */
const OF_THE_STORE: ReadonlySet<ErrorCode> = new Set(['storage_read', 'storage_write']);

/**
 * How a coordinator ends that did not get to the end of its run.
 *
 * @param error what ended it, or why it was stopped
 * @param signal raised when it was told to stop
 */
export function exitCodeOfCoordinator(error: unknown, signal: AbortSignal): number {
  const reason: unknown = signal.aborted ? signal.reason : error;
  if (reason instanceof FlowbenchError) {
    if (reason.code === 'infrastructure' || (OF_THE_STORE.has(reason.code) && reason.retryable)) return EXIT.tryAgain;
    if (reason.code === 'internal') return EXIT.notOk;
    return reason.code === 'cancelled' ? EXIT.interrupted : EXIT.configuration;
  }
  return signal.aborted ? EXIT.interrupted : EXIT.defect;
}
