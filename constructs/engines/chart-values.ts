import { resourcesOf } from '../../workloads/model/job-manifest-pod.js';
import { type Allocatable } from '../../workloads/model/node-shapes.js';

/** What a chart takes: JSON, because Helm reads JSON as the YAML that it is. `null` removes a default of the chart. */
export type ChartValue = string | number | boolean | null | readonly ChartValue[] | ChartValues;
export interface ChartValues {
  readonly [key: string]: ChartValue;
}

/**
 * One document for `values` of a release. Strings may hold Terraform expressions; a key that Helm does not
 * know it ignores without a word, so what is written here is held against the charts' keys by tests.
 */
export function renderValues(values: ChartValues): string {
  return JSON.stringify(values);
}

/** Resources of a container, by name. */
export interface PodResources extends ChartValues {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** What a pod of a Job would request of the same room. */
export function podResources(room: Allocatable): PodResources {
  const { requests, limits } = resourcesOf(room);
  return { requests, limits };
}

/** Environment of a container as Kubernetes writes it. */
export function environment(variables: Readonly<Record<string, string>>): ChartValue {
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
