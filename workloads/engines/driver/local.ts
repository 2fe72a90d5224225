import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineSession, SessionContext } from '../contract.js';
import { Artifacts } from './artifacts.js';
import { DriverEndpoint } from './endpoint.js';
import type { DriverHost } from './host.js';
import { openDriverSession } from './open.js';
import { DriverProcess, type DriverProgram } from './process.js';
import { driverSession, s3Of } from './session-file.js';

/** What a program is told, once its session's file is written. */
export interface LocalPlaces {
  readonly sessionFile: string;
  /** Folder of the engine's own, in the session's scratch. */
  readonly scratchDir: string;
  readonly artifactsDir: string | null;
  /** A folder with a short name, for sockets: their paths have 107 characters at most. Removed with the session. */
  readonly shortDir: string;
}

export interface LocalDriver {
  /** How the engine is called in messages. */
  readonly name: string;
  readonly context: SessionContext;
  readonly program: (places: LocalPlaces) => DriverProgram;
  readonly options: (places: Omit<LocalPlaces, 'sessionFile'>) => Readonly<Record<string, string>>;
  /** How the program is run; absent: as a process of this machine and nothing around it. */
  readonly start?: (program: DriverProgram, logFile: string, token: string, places: LocalPlaces) => Promise<DriverHost>;
  readonly expectedVersion?: string;
  readonly helloWithinMs?: number;
}

/** Starts a driver program on this machine, which calls over a Unix socket, and waits until its session is open. */
export async function openLocalDriver(driver: LocalDriver): Promise<EngineSession> {
  const startedAtMs = performance.now();
  const { context, name } = driver;
  const scratchDir = join(context.scratchDir, name.toLowerCase());
  await mkdir(scratchDir, { recursive: true });
  const s3 = await s3Of(context.dataset.uri);
  const shortDir = await mkdtemp(join(tmpdir(), 'fb-'));
  const endpoint = await DriverEndpoint.listen({ socket: join(shortDir, 's') });
  const cleanUp = async (): Promise<void> => {
    await endpoint.close();
    await rm(shortDir, { recursive: true, force: true });
    await rm(scratchDir, { recursive: true, force: true });
  };
  try {
    const channel = endpoint.open(context.sessionId);
    const artifacts = await Artifacts.prepare(context.artifactsUri, scratchDir);
    const places: LocalPlaces = { sessionFile: join(scratchDir, 'session.json'), scratchDir, artifactsDir: artifacts.folder, shortDir };
    const content = driverSession(context, { coordinator: endpoint.address, scratch_dir: scratchDir, artifacts_dir: artifacts.folder, s3 }, driver.options(places));
    await writeSecret(places.sessionFile, JSON.stringify(content));
    const start = driver.start ?? ((program, logFile, token) => DriverProcess.start(program, logFile, token));
    const host = await start(driver.program(places), join(artifacts.folder ?? scratchDir, 'driver.log'), channel.token, places);
    const { expectedVersion, helloWithinMs } = driver;
    return await openDriverSession({
      name, context, channel, host, artifacts, startedAtMs, startMs: null, cleanUp,
      ...(expectedVersion === undefined ? {} : { expectedVersion }), ...(helloWithinMs === undefined ? {} : { helloWithinMs }),
    });
  } catch (error) {
    await cleanUp().catch(() => undefined);
    throw error;
  }
}

/** Keys of S3 may be in it. */
async function writeSecret(path: string, content: string): Promise<void> {
  await writeFile(path, '', { mode: 0o600 });
  await chmod(path, 0o600);
  await writeFile(path, content);
}
