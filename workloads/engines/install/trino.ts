import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_ENGINES } from '../../../images/versions.js';
import { checkJava } from './java.js';
import { javaFor, type JavaNeed } from './java-install.js';
import { LOCKS, textsOf } from './locks.js';
import { fetchArtifacts, mavenFolder, nameOf } from './maven.js';
import type { Made, Recipe, Site } from './recipe.js';
import { runStep } from './tool-step.js';

const { version, java, server, plugins } = LOCAL_ENGINES.trino;
const JAVA: JavaNeed = { wanted: java, fallback: 25 };

/** Trino's server with the plugins that are used, and a Java. */
export const TRINO: Recipe = {
  engine: 'trino',
  version,
  cost: { downloadBytes: 830e6, installedBytes: 400e6, peakBytes: 1_900e6, time: '1 to 4 minutes' },
  programs: ['mvn', 'tar'],
  pinned: async () => [...(await textsOf([LOCKS.trino])), JSON.stringify(LOCAL_ENGINES.trino)],
  make,
  check: async ({ java: found }) => checkJava('trino', found?.home ?? '', JAVA.wanted),
  repair: async (site, made) => ({ ...made, java: await javaFor(JAVA, site.python, site) }),
};

async function make(site: Site): Promise<Made> {
  const found = await javaFor(JAVA, site.python, site);
  site.onNote('trino: fetching the server (821 MB)');
  const [tarball = ''] = await fetchArtifacts(LOCKS.trino, [server], join(site.folder, 'downloads'), site);
  const home = join(site.folder, 'server');
  site.onNote('trino: unpacking it');
  await unpack(tarball, home, site);
  await rm(mavenFolder(site), { recursive: true, force: true });
  return { java: found, paths: { home }, verified: [`${nameOf(server)} sha256 ${server.sha256}`] };
}

/** Plugins share jars by hard links, wherever one comes first: all is unpacked, and then most of it removed. */
async function unpack(tarball: string, home: string, site: Site): Promise<void> {
  const place = join(site.folder, 'unpacked');
  for (const old of [place, home]) await rm(old, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  await runStep({
    command: 'tar', args: ['-xzf', tarball, '-C', place], signal: site.signal, what: `unpack ${tarball}`, remedy: 'The same command tries again.',
  });
  const whole = join(place, `trino-server-${version}`);
  const unused = (await readdir(join(whole, 'plugin'))).filter((name) => !(plugins as readonly string[]).includes(name));
  for (const name of unused) await rm(join(whole, 'plugin', name), { recursive: true, force: true });
  await rename(whole, home);
  await rm(place, { recursive: true, force: true });
}
