import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { s3ReachFor } from '../../storage/s3-access.js';
import type { EngineSession } from '../contract.js';
import { openLocalDriver, type LocalDriver, type LocalPlaces } from '../driver/local.js';
import { DriverProcess } from '../driver/process.js';
import type { DaftHome } from '../install/homes.js';
import { Bridge, bridgePlans, type BridgePlan } from './bridge.js';
import { daftEnvironment } from './environment.js';
import { namespaceCommand } from './namespaces.js';
import { NestHost } from './nest-host.js';
import { rayMemory } from './settings.js';

/** A machine that is busy with more than this may need its time until all parts of Ray's dashboard are up, which jobs are submitted to. */
const HELLO_WITHIN_MS = 300_000;
const RAY_ENVIRONMENT = { RAY_USAGE_STATS_ENABLED: '0', RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO: '0', RAY_DASHBOARD_SUBPROCESS_MODULE_WAIT_READY_TIMEOUT: '120' };

export interface RayPlace {
  readonly home: DaftHome;
  readonly programs: string;
  readonly unshare: string;
  /** Of the driver. */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * A Ray head with the cores and the memory of all workers, in namespaces of its own, and the driver as the job
 * that is submitted to it. Throws `engine_unavailable` where there are no such namespaces: Ray listens on every
 * address of a machine.
 */
export async function openOnRay(common: Omit<LocalDriver, 'program' | 'options'>, place: RayPlace): Promise<EngineSession> {
  const { context } = common;
  const namespace = await namespaceCommand(place.unshare);
  const memory = rayMemory(context.workers * context.memoryLimitBytes);
  const reach = await s3ReachFor([context.dataset.uri]);
  const plans = reach === undefined ? [] : bridgePlans(context.dataset.uri, reach);
  return openLocalDriver({
    helloWithinMs: HELLO_WITHIN_MS,
    ...common,
    options: ({ scratchDir }) => ({
      runner: 'ray', ray_is_local: 'true', ray_started_file: join(scratchDir, 'ray-started'), watch_memory_bytes: String(memory.workerBytes), ...place.options,
    }),
    program: (given) => {
      const driver = [place.home.python, join(place.programs, 'driver.py'), '--session', given.sessionFile];
      const nest = [place.home.python, join(place.programs, 'ray_nest.py'), '--plan', planFile(given), '--', ...driver];
      const [command = '', ...args] = [...namespace, ...nest];
      return { command, args, cwd: given.scratchDir, env: { ...daftEnvironment(given), ...RAY_ENVIRONMENT } };
    },
    start: async (program, logFile, token, given) => {
      const bridges = await Bridge.listenAll(plans, given.shortDir);
      try {
        await writePlan(given, place.home, { cpus: context.workers * context.threadsPerWorker, ...memory, plans });
        return new NestHost(await DriverProcess.start(program, logFile, token), bridges);
      } catch (error) {
        await Bridge.closeAll(bridges);
        throw error;
      }
    },
  });
}

function planFile({ scratchDir }: LocalPlaces): string {
  return join(scratchDir, 'ray-plan.json');
}

interface HeadPlan {
  readonly cpus: number;
  readonly objectStoreBytes: number;
  readonly workerBytes: number;
  readonly plans: readonly BridgePlan[];
}

/** What the first process of the namespaces is told, see images/daft/ray_nest.py. */
async function writePlan(places: LocalPlaces, home: DaftHome, head: HeadPlan): Promise<void> {
  const { scratchDir, shortDir } = places;
  const tempDir = join(shortDir, 'r');
  const spillDir = join(scratchDir, 'spill');
  await Promise.all([tempDir, spillDir].map((folder) => mkdir(folder, { recursive: true })));
  const plan = {
    ray: home.ray,
    cpus: head.cpus,
    memory_bytes: head.workerBytes,
    object_store_bytes: head.objectStoreBytes,
    temp_dir: tempDir,
    spill_dir: spillDir,
    started_file: join(scratchDir, 'ray-started'),
    bridges: head.plans.map(({ hosts, port, socketName }) => ({ hosts, port, socket: join(shortDir, socketName) })),
  };
  await writeFile(planFile(places), JSON.stringify(plan));
}
