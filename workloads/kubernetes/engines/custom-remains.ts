import type { EnginePlaces } from '../../model/engine-places.js';
import { JOB_LABELS } from '../../model/job-manifest-names.js';
import type { CustomKind, EngineApi } from '../api/cluster-api.js';
import { DEFAULT_ENGINE_LIMITS } from './limits.js';
import { RAY_JOB } from './ray-job.js';
import { untilGone } from './remove-left.js';
import { SPARK_APPLICATION } from './spark-application.js';

/** Where runs make objects of an operator's kind. */
export interface CustomPlace {
  readonly api: EngineApi;
  readonly kind: CustomKind;
}

/** Of a phase's engines, those that runs make objects for. */
export async function customPlaces({ spark, ray }: EnginePlaces, connect: (namespace: string) => Promise<EngineApi>): Promise<CustomPlace[]> {
  return [
    ...(spark === undefined ? [] : [{ api: await connect(spark.namespace), kind: SPARK_APPLICATION }]),
    ...(ray === undefined ? [] : [{ api: await connect(ray.namespace), kind: RAY_JOB }]),
  ];
}

/** An object that a run made: `sparkapplication/fb-…`, as kubectl calls it. */
export interface CustomRemain {
  readonly name: string;
  readonly run: string;
}

export async function customRemains(places: readonly CustomPlace[], selector: string = JOB_LABELS.run): Promise<CustomRemain[]> {
  const found = await Promise.all(places.map(async ({ api, kind }) => {
    const objects = await api.custom(kind).list(selector);
    const pods = await api.listPods(selector);
    return [...objects.map((object) => ({ what: kind.kind.toLowerCase(), object })), ...pods.map((object) => ({ what: 'pod', object }))];
  }));
  return found.flat().map(({ what, object }) => ({ name: `${what}/${object.metadata?.name ?? ''}`, run: object.metadata?.labels?.[JOB_LABELS.run] ?? '-' }));
}

/** Waits until nothing is left, as pods go after what they belong to; names what is left when the patience is over. */
export async function untilCustomGone(places: readonly CustomPlace[], selector: string): Promise<readonly string[]> {
  return untilGone(async () => (await customRemains(places, selector)).map(({ name }) => name), DEFAULT_ENGINE_LIMITS);
}

/** Deletes the objects; their pods go with them. */
export async function removeCustom(places: readonly CustomPlace[], selector: string, isLeft: (run: string) => boolean = () => true): Promise<void> {
  for (const { api, kind } of places) {
    for (const { metadata } of await api.custom(kind).list(selector)) {
      if (isLeft(metadata?.labels?.[JOB_LABELS.run] ?? '-')) await api.custom(kind).delete(metadata?.name ?? '');
    }
  }
}
