import { join } from 'node:path';
import type { EngineRunner, EngineSession, SessionContext } from '../contract.js';
import { openLocalDriver, type LocalPlaces } from '../driver/local.js';
import type { DriverProgram } from '../driver/process.js';
import type { DaftHome } from '../install/homes.js';
import { daftEnvironment } from './environment.js';
import { openOnRay } from './on-ray.js';
import { DAFT_TIERS, DAFT_VARIANTS, daftTierOptions, daftVariant } from './settings.js';

export interface DaftRunnerOptions {
  /** Where Daft and Ray are; rejects with `tool_missing` where they are not installed. */
  readonly home: () => Promise<DaftHome>;
  /** Folder of the programs that hold the session; tests plant faulty ones. */
  readonly programs?: string;
  /** The program that makes namespaces; tests plant one that fails. */
  readonly unshare?: string;
  readonly helloWithinMs?: number;
}

/** Daft over the dataset's own Parquet files: on Ray, or by its native runner in one process. */
export class DaftRunner implements EngineRunner {
  readonly id = 'daft';
  readonly scaling = 'cores';
  readonly variants = DAFT_VARIANTS;
  readonly tiers = DAFT_TIERS;

  constructor(private readonly options: DaftRunnerOptions) {}

  async open(context: SessionContext): Promise<EngineSession> {
    const variant = daftVariant(context.variant);
    const tierOptions = daftTierOptions(context.tier);
    const home = await this.options.home();
    const programs = this.options.programs ?? join(__dirname, '..', '..', '..', 'images', 'daft');
    const common = { name: 'Daft', context, expectedVersion: home.daftVersion, ...(this.options.helloWithinMs === undefined ? {} : { helloWithinMs: this.options.helloWithinMs }) };
    if (variant === 'runner=ray') return openOnRay(common, { home, programs, unshare: this.options.unshare ?? 'unshare', options: tierOptions });
    const memoryBytes = context.workers * context.memoryLimitBytes;
    return openLocalDriver({
      ...common,
      program: (places) => nativeProgram(home, programs, places),
      options: () => ({ runner: 'native', pin_cores: 'true', watch_memory_bytes: String(memoryBytes), ...tierOptions }),
    });
  }
}

function nativeProgram(home: DaftHome, programs: string, places: LocalPlaces): DriverProgram {
  return {
    command: home.python,
    args: [join(programs, 'driver.py'), '--session', places.sessionFile, '--guarded'],
    cwd: places.scratchDir,
    env: daftEnvironment(places),
  };
}
