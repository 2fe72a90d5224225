import { access } from 'node:fs/promises';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { FlowbenchError } from '../../model/errors.js';
import { EMATIX_LOCK, installEmatix } from './ematix.js';
import { textsOf } from './locks.js';
import type { Recipe } from './recipe.js';

const { version } = LOCAL_ENGINES.ematix;

/** The program `flow` of ematix-flow, built from the source that PyPI has. */
export const EMATIX: Recipe = {
  engine: 'ematix',
  version,
  cost: { downloadBytes: 400e6, installedBytes: 320e6, peakBytes: 8_000e6, time: '30 to 90 minutes, as it is built from source' },
  programs: ['cargo', 'cc', 'cmake', 'perl', 'tar'],
  pinned: async () => [...(await textsOf([EMATIX_LOCK])), JSON.stringify(LOCAL_ENGINES.ematix)],
  make: installEmatix,
  check: async ({ paths }) => {
    if (paths.binary !== undefined && (await access(paths.binary).then(() => true, () => false))) return;
    throw new FlowbenchError('engine_unavailable', `The program of ematix-flow is gone (${paths.binary ?? 'none is recorded'}).`, { remedy: '"flowbench engines install ematix" builds it anew.' });
  },
  repair: (_site, made) => Promise.resolve(made),
};
