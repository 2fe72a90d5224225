import { join } from 'node:path';
import type { EngineSession, SessionContext } from '../../engines/contract.js';
import { Artifacts } from '../../engines/driver/artifacts.js';
import type { DriverChannel } from '../../engines/driver/channel.js';
import { DriverEndpoint } from '../../engines/driver/endpoint.js';
import { openDriverSession } from '../../engines/driver/open.js';
import { s3Of } from '../../engines/driver/session-file.js';
import type { DriverSession } from '../../model/driver-protocol.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { CustomManifest } from '../api/cluster-api.js';
import type { CustomObject } from '../api/objects.js';
import { ClusterEngineSession, type ClusterSight } from './cluster-session.js';
import { CustomJobHost, type JobReading } from './custom-job-host.js';
import type { ClusterEngineParts, DriverDoor } from './place.js';

/** A driver's log as it is kept beside the rows. */
export const DRIVER_LOG = 'driver.log.txt';

export interface ClusterDriver<Item> {
  /** How the engine is called in messages. */
  readonly name: string;
  readonly parts: ClusterEngineParts;
  readonly door: DriverDoor;
  readonly reading: JobReading<Item>;
  /** The object that has the program run, which is told where to call and by which word. */
  readonly manifest: (channel: DriverChannel, s3: DriverSession['s3']) => CustomManifest;
  readonly expectedVersion?: string;
  /** What its tier asks for, and what is done after the clocks with the files that are kept. */
  readonly sight?: (artifacts: Artifacts) => Pick<ClusterSight, 'keepPlan' | 'tidy' | 'tierThreads'>;
  /** After everything of the session is gone. */
  readonly afterwards?: () => Promise<void>;
}

/** Has an operator run a driver program, which calls here, and waits until its session is open. */
export async function openOnCluster<Item extends CustomObject>(driver: ClusterDriver<Item>, given: SessionContext): Promise<EngineSession> {
  const { parts, name, reading } = driver;
  const { api, limits, signal, isClusterGone } = parts;
  const context: SessionContext = { ...given, signal };
  const startedAtMs = performance.now();
  const endpoint = await listen(driver.door);
  const cleanUp = async (): Promise<void> => {
    await endpoint.close();
    await driver.afterwards?.();
  };
  try {
    const channel = endpoint.open(context.sessionId);
    const artifacts = await Artifacts.prepare(context.artifactsUri, context.scratchDir);
    const logFile = artifacts.folder === null ? null : join(artifacts.folder, DRIVER_LOG);
    const host = await CustomJobHost.start({ api, reading, manifest: driver.manifest(channel, await keysFor(context)), logFile, limits, log: context.log });
    const session = await openDriverSession({
      name, context, channel, host, artifacts, startedAtMs, cleanUp, helloWithinMs: limits.openMs,
      // Read when the session has said hello, by when it is known.
      get startMs() { return host.runningAfterMs; },
      ...(driver.expectedVersion === undefined ? {} : { expectedVersion: driver.expectedVersion }),
    });
    return new ClusterEngineSession(session, { lostTo: () => host.lostTo, isClusterGone, ...driver.sight?.(artifacts) });
  } catch (error) {
    await cleanUp().catch(() => undefined);
    if (error instanceof FlowbenchError && error.code === 'infrastructure' && (await isClusterGone())) throw new FlowbenchError('cancelled', 'The run was stopped.', { cause: error });
    throw error;
  }
}

async function listen({ host, port }: DriverDoor): Promise<DriverEndpoint> {
  try {
    return await DriverEndpoint.listen({ host, port });
  } catch (cause) {
    throw new FlowbenchError('configuration', `Nothing can listen for drivers on ${host}:${port} (${messageOf(cause)}).`, { remedy: 'End what listens there, or give another port.', cause });
  }
}

/** On AWS a driver has a role of its own. A server that only speaks as S3 does has none to give: its keys are ours. */
async function keysFor({ dataset }: SessionContext): Promise<DriverSession['s3']> {
  const s3 = await s3Of(dataset.uri);
  return s3?.endpoint === null ? null : s3;
}
