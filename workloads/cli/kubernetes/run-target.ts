import { DEFAULTS, parseOptions, type RawOptions } from '../../campaign/parse-options.js';
import { openResumed } from '../../campaign/resume.js';
import { configurationError } from '../../model/errors.js';
import { hostCores, measure } from '../measuring.js';
import { setUpS3 } from '../s3.js';
import type { LaunchFlags } from './launch.js';
import { parseImages } from './own-images.js';
import { isInCoordinatorPod } from './pod-facts.js';

/** Every flag of `flowbench run`. */
export interface RunFlags extends RawOptions, LaunchFlags {
  readonly target: string;
  readonly cleanup?: boolean;
  readonly runId?: string;
  readonly smoke?: boolean;
}

/** What only a cluster knows; `runId` and `smoke` are told by this program to itself. */
const ONLY_ON_A_CLUSTER = ['phase', 'kubeconfig', 'context', 'namespace', 'detach', 'image', 'cleanup', 'runId', 'smoke'] as const;

/** `flowbench run`: on this machine, as the coordinator in a pod, or as the one who starts that coordinator. */
export async function runHereOrThere(flags: RunFlags): Promise<void> {
  const { target, phase, kubeconfig, context, namespace, detach, image, cleanup, runId, smoke, resume, ...raw } = flags;
  if (target === 'local') return runHere(raw, resume, flags);
  if (target !== 'kubernetes') throw configurationError([`--target ${target} is neither local nor kubernetes.`]);
  if (isInCoordinatorPod(process.env)) {
    const { coordinate } = await import('./coordinator.js');
    return coordinate({ raw, runId: runId ?? resume, images: parseImages(image ?? []), isSmoke: smoke === true });
  }
  const access = { ...given({ phase, kubeconfig, context, namespace }) };
  if (cleanup === true) {
    const { cleanUp } = await import('./cleanup.js');
    return cleanUp(access);
  }
  const { launchRun } = await import('./launch.js');
  return launchRun(raw, { ...access, ...given({ detach, image, resume }) });
}

async function runHere(raw: RawOptions, resume: string | undefined, flags: RunFlags): Promise<void> {
  const strangers = ONLY_ON_A_CLUSTER.filter((name) => flags[name] !== undefined).map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} goes with --target kubernetes.`);
  setUpS3();
  if (resume === undefined) {
    const { options, problems } = parseOptions(raw, hostCores());
    await measure({ kind: 'new', options, problems: [...strangers, ...problems] });
    return;
  }
  if (strangers.length > 0) throw configurationError(strangers);
  await measure({ kind: 'resume', run: await openResumed(resume, raw, raw.out ?? DEFAULTS.out, hostCores()) });
}

/** Without what is undefined. */
function given<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
