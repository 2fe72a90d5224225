import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { FlowbenchError } from '../model/errors.js';

/** Below the range that the system takes the ports of outgoing connections from. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const TRIES = 50;

/** A port of loopback that nobody listens on now, outside the range of outgoing connections. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
  throw new FlowbenchError('infrastructure', `None of ${TRIES} ports of this machine that were tried between ${FIRST_PORT} and ${LAST_PORT} is free.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const opened = once(server, 'listening').then(() => true, () => false);
  server.listen(port, '127.0.0.1');
  if (!(await opened)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
