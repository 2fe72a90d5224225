import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { checkJava, type WantedJava } from './java.js';
import { javaFor, type JavaNeed } from './java-install.js';
import { LOCKS, textsOf } from './locks.js';
import { fetchArtifacts, nameOf, type Artifact } from './maven.js';
import type { Made, Recipe, Site } from './recipe.js';
import { runStep } from './tool-step.js';

/** What of Trino is installed, from where and how it is checked. */
export interface TrinoPins {
  readonly version: string;
  readonly java: WantedJava;
  readonly server: Artifact;
  readonly plugins: readonly string[];
}

/** Trino's server with the plugins that are used, and a Java. */
export function trinoRecipe(pins: TrinoPins): Recipe {
  const need: JavaNeed = { wanted: pins.java, fallback: 25 };
  return {
    engine: 'trino',
    version: pins.version,
    cost: { downloadBytes: 830e6, installedBytes: 420e6, peakBytes: 1_900e6, time: '1 to 4 minutes' },
    programs: ['mvn', 'tar'],
    pinned: async () => [...(await textsOf([LOCKS.trino])), JSON.stringify(pins)],
    make: async (site) => make(pins, need, site),
    check: async ({ java }) => checkJava('trino', java?.home ?? '', need.wanted),
    repair: async (site, made) => ({ ...made, java: await javaFor(need, site.python, site) }),
  };
}

export const TRINO = trinoRecipe(LOCAL_ENGINES.trino);

async function make(pins: TrinoPins, need: JavaNeed, site: Site): Promise<Made> {
  const java = await javaFor(need, site.python, site);
  site.onNote('trino: fetching the server (821 MB)');
  const [tarball = ''] = await fetchArtifacts(LOCKS.trino, [pins.server], join(site.folder, 'downloads'), site);
  const home = join(site.folder, 'server');
  site.onNote('trino: unpacking it');
  await unpack(tarball, home, pins, site);
  return { java, paths: { home }, verified: [`${nameOf(pins.server)} sha256 ${pins.server.sha256}`] };
}

/** Plugins share jars by hard links, wherever one comes first: all is unpacked, and then most of it removed. */
async function unpack(tarball: string, home: string, { version, plugins }: TrinoPins, site: Site): Promise<void> {
  const place = join(site.folder, 'unpacked');
  for (const old of [place, home]) await rm(old, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  await runStep({
    command: 'tar', args: ['-xzf', tarball, '-C', place], signal: site.signal, what: `unpack ${tarball}`, remedy: 'The same command tries again.',
  });
  const whole = join(place, `trino-server-${version}`);
  const unused = (await readdir(join(whole, 'plugin'))).filter((name) => !plugins.includes(name));
  for (const name of unused) await rm(join(whole, 'plugin', name), { recursive: true, force: true });
  await rename(whole, home);
  await rm(place, { recursive: true, force: true });
}
