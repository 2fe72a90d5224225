import { join } from 'node:path';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { LOCKS, textsOf } from './locks.js';
import { checkPythonOf, makeEnvironment, pipInstall } from './python.js';
import type { Made, Recipe, Site } from './recipe.js';

const { version, ray } = LOCAL_ENGINES.daft;

/** Daft and Ray, pinned to each other, in an environment of their own. */
export const DAFT: Recipe = {
  engine: 'daft',
  version,
  cost: { downloadBytes: 230e6, installedBytes: 690e6, peakBytes: 950e6, time: '1 to 3 minutes' },
  programs: [],
  pinned: async () => [...(await textsOf([LOCKS.daft])), JSON.stringify(LOCAL_ENGINES.daft)],
  make,
  check: async ({ paths }) => checkPythonOf('daft', paths.python),
  repair: (_site, made) => Promise.resolve(made),
};

async function make(site: Site): Promise<Made> {
  const python = await makeEnvironment(site);
  site.onNote('daft: fetching Daft, Ray and what they need (230 MB)');
  await pipInstall(python, site, { lock: LOCKS.daft });
  return { java: null, paths: { python, ray: join(site.folder, 'venv', 'bin', 'ray') }, verified: [`daft ${version} and ray ${ray} by images/daft/requirements.txt`] };
}
