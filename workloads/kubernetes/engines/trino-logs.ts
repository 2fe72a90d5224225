import { setTimeout as sleep } from 'node:timers/promises';
import { KeptFiles } from '../../engines/trino/kept-files.js';
import { messageOf } from '../../model/errors.js';
import type { EngineApi } from '../api/cluster-api.js';

const KEPT_LINES = 20_000;
/** Nodes are held meanwhile, and whoever closes a session waits only so long. */
const READ_MS = 5_000;

export interface KeptLogs {
  /** The namespace of Trino, in which nothing else runs. */
  readonly api: EngineApi;
  /** Folder beside the rows; absent: nothing is kept. */
  readonly artifactsUri: string | undefined;
  readonly log: (line: string) => void;
}

/** Keeps what every pod of Trino wrote: a worker's log is gone with the worker. What cannot be kept is said. */
export async function keepTrinoLogs({ api, artifactsUri, log }: KeptLogs): Promise<void> {
  if (artifactsUri === undefined) return;
  const kept = new KeptFiles(artifactsUri, log);
  const reading = readAll(api, kept).catch((error: unknown) => messageOf(error));
  const failure = await Promise.race([reading, sleep(READ_MS, `it took longer than ${READ_MS / 1_000} s`, { ref: false })]);
  if (failure !== null) log(`trino: not every log could be kept (${failure})`);
  await kept.flush();
}

async function readAll(api: EngineApi, kept: KeptFiles): Promise<null> {
  const pods = await api.listPods('');
  await Promise.all(pods.map(async ({ metadata }) => {
    const name = metadata?.name ?? '';
    const text = await api.podLog(name, { tailLines: KEPT_LINES });
    if (text !== null) kept.keep(`${name}.log.txt`, text);
  }));
  return null;
}
