import type { ClusterJob } from '../../kubernetes/api/objects.js';
import { configurationError } from '../../model/errors.js';
import { JOB_NAMES } from '../../model/job-manifest-names.js';
import type { ClusterPlace } from './cluster-options.js';

/** Images of the programs that a run is made of. */
export const RUN_IMAGES = [JOB_NAMES.flowWorker, JOB_NAMES.coordinator, 'spark'] as const;
export type RunImage = (typeof RUN_IMAGES)[number];
export type ImageChoice = Readonly<Partial<Record<RunImage, string>>>;

/** `flow-worker=repository@sha256:…`. Throws `configuration` with everything that is wrong. */
export function parseImages(words: readonly string[]): ImageChoice {
  const problems: string[] = [];
  const chosen: Partial<Record<RunImage, string>> = {};
  for (const word of words) {
    const [name = '', ...rest] = word.split('=');
    const image = RUN_IMAGES.find((one) => one === name);
    const reference = rest.join('=');
    if (image === undefined || reference === '') problems.push(`--image ${word} does not say which image it replaces: write ${RUN_IMAGES.map((one) => `${one}=…`).join(' or ')}.`);
    // By a tag, pods of one run could get different programs.
    else if (!/@sha256:[0-9a-f]{64}$/.test(reference)) problems.push(`--image ${word} is not by digest: write ${image}=repository@sha256:….`);
    else chosen[image] = reference;
  }
  if (problems.length > 0) throw configurationError(problems);
  return chosen;
}

/** Image → digest, of what the pods of a run are made from; a reference without a digest is told whole. */
export function imageDigests({ facts, template }: ClusterPlace, ownJob: ClusterJob | null, chosen: ImageChoice): Record<string, string> {
  const references: Record<string, string | undefined> = {
    [JOB_NAMES.flowWorker]: chosen[JOB_NAMES.flowWorker] ?? template?.spec.template.spec.containers[0]?.image,
    spark: facts.places.spark === undefined ? undefined : (chosen.spark ?? facts.places.spark.image),
    daft: facts.places.ray?.image,
    [JOB_NAMES.coordinator]: ownJob?.spec?.template.spec?.containers[0]?.image,
  };
  return Object.fromEntries(Object.entries(references).flatMap(([name, reference]) => (reference === undefined ? [] : [[name, digestOf(reference)]])));
}

function digestOf(reference: string): string {
  return reference.includes('@') ? reference.slice(reference.indexOf('@') + 1) : reference;
}
