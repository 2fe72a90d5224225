import { FlowbenchError } from '../../model/errors.js';

/** What Java's -XX:+ExitOnOutOfMemoryError ends a process with. */
const OUT_OF_MEMORY_EXIT = 3;
const LINES = /[^\n]+/g;
/** Trino's account of what its configuration has wrong, one numbered line each. */
const CONFIGURATION_PROBLEM = /^\d+\) (?:Error|\[Guice\/[^\]]*\])?:? ?.*$|Configuration property .* was not used|Defunct property/;
const FAILED_START = /^\d{4}-\S+\s+ERROR\s+\S+\s+(.*)$/;

/** Why the process of a server ended, off its exit and what it said. */
export function exitError(log: string, code: number | null, signal: NodeJS.Signals | null): FlowbenchError {
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  if (code === OUT_OF_MEMORY_EXIT || log.includes('java.lang.OutOfMemoryError')) return new FlowbenchError('out_of_memory', `Trino's process ran out of memory and ${how}.`);
  if (/Address already in use/.test(log)) return new FlowbenchError('infrastructure', `Another program took Trino's port before it could; its process ${how}.`, { retryable: true });
  if (/No space left on device/i.test(log)) return new FlowbenchError('out_of_disk', `The disk that Trino's process writes to is full; it ${how}.`);
  const problem = lastOf(log, (line) => (/requires Java|UnsupportedClassVersionError/.test(line) ? line : undefined)) ?? lastOf(log, (line) => CONFIGURATION_PROBLEM.exec(line)?.[0]);
  if (problem !== undefined) return new FlowbenchError('engine_unavailable', `Trino's process ${how}: ${problem.trim()}`);
  const error = lastOf(log, (line) => FAILED_START.exec(line)?.[1]);
  return new FlowbenchError('query_failed', `Trino's process ${how}${error === undefined ? '' : ` (${error.trim()})`}.`);
}

function lastOf(log: string, read: (line: string) => string | undefined): string | undefined {
  return (log.match(LINES) ?? []).map(read).filter((found) => found !== undefined).at(-1);
}
