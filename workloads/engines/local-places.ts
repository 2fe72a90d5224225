import { join } from 'node:path';
import type { SessionContext } from './contract.js';

/** Where a session whose workers are processes of this machine puts their files. */
export function localPlaces(scratchDir: string): Pick<SessionContext, 'scratchDir' | 'partialsUri' | 'workerSpillDir'> {
  return { scratchDir, partialsUri: join(scratchDir, 'partials'), workerSpillDir: join(scratchDir, 'spill') };
}
