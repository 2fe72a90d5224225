import { EXIT } from './exit-codes.js';
import { say } from './say.js';

/** The first signal says so and raises `stop`; the second one leaves at once. Answers what takes the handlers away again. */
export function stopOnSignals(stop: AbortController, sentence: string): () => void {
  const handler = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    say(sentence);
    stop.abort();
  };
  process.on('SIGINT', handler).on('SIGTERM', handler);
  return () => {
    process.off('SIGINT', handler).off('SIGTERM', handler);
  };
}
