import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { DriverHello } from '../../model/driver-protocol.js';
import type { EngineSession } from '../contract.js';
import { DriverEngineSession, type DriverParts } from './session.js';

/** A JVM on a busy machine takes its time; a driver that has died is noticed at once. */
export const HELLO_WITHIN_MS = 180_000;

export interface Opening extends Omit<DriverParts, 'openMs'> {
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  /** Versions of the engine that may be in the session; any, where absent. */
  readonly expectedVersion?: string;
  readonly helloWithinMs?: number;
}

/**
 * Waits until a driver that was started says that its session is open. On any failure the driver is ended and
 * everything taken away. Throws `engine_unavailable` for an engine that is not as it was asked for,
 * `infrastructure` with the driver's last words for one that ended or says nothing, `cancelled` after Ctrl-C.
 */
export async function openDriverSession(opening: Opening): Promise<EngineSession> {
  const { host, cleanUp, startedAtMs, expectedVersion, name } = opening;
  try {
    const hello = await helloOf(opening);
    if (expectedVersion !== undefined && hello.engine_version !== expectedVersion) {
      throw new FlowbenchError('engine_unavailable', `${name} ${hello.engine_version} answered, where ${expectedVersion} was asked for.`);
    }
    return new DriverEngineSession({ ...opening, openMs: performance.now() - startedAtMs }, hello);
  } catch (error) {
    await host.kill().catch(() => undefined);
    await cleanUp().catch(() => undefined);
    throw error;
  }
}

async function helloOf({ channel, host, context, name, helloWithinMs = HELLO_WITHIN_MS }: Opening): Promise<DriverHello> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const given = await Promise.race([
    channel.hello,
    host.ended.then((how) => `ended (${how}) before it was ready`),
    new Promise<string>((resolve) => {
      timer = setTimeout(() => { resolve(`was not ready within ${helloWithinMs / 1000} s`); }, helloWithinMs);
      onAbort = () => { resolve('cancelled'); };
      if (context.signal?.aborted === true) onAbort();
      context.signal?.addEventListener('abort', onAbort, { once: true });
    }),
  ]).finally(() => {
    clearTimeout(timer);
    context.signal?.removeEventListener('abort', onAbort);
  });
  if (typeof given !== 'string') return given;
  if (given === 'cancelled') throw new FlowbenchError('cancelled', `Opening ${name} was stopped.`);
  const lines = await host.lastLines().catch(messageOf);
  throw new FlowbenchError('infrastructure', `The driver of ${name} ${given}${lines === '' ? '' : `; it said last: ${lines}`}.`);
}
