import { type ChartValue, type ChartValues } from '../../constructs/engines/chart-values.js';

/** Paths of every leaf and every map of the values: `worker.jvm.maxHeapSize`. Lists are leaves. */
export function keyPaths(values: ChartValues, above = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = above === '' ? key : `${above}.${key}`;
    return isMap(value) ? [path, ...keyPaths(value, path)] : [path];
  });
}

export function isMap(value: unknown): value is ChartValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Keys that a chart does not read. `known` lists its keys; under a path of `freeForm` any key is taken, as the
 * chart copies such a map into a manifest.
 */
export function unknownKeys(values: ChartValues, known: ReadonlySet<string>, freeForm: readonly string[]): string[] {
  return keyPaths(values).filter((path) => !known.has(path) && !freeForm.some((free) => path === free || path.startsWith(`${free}.`)));
}

/** Values that would make something reachable from outside, or make AWS make something that Terraform does not know. */
export function exposures(values: ChartValues, above = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => [...exposure(above, key, value), ...(isMap(value) ? exposures(value, `${above}${key}.`) : [])]);
}

function exposure(above: string, key: string, value: ChartValue): string[] {
  const path = `${above}${key}`;
  if (value === 'LoadBalancer' || value === 'NodePort') return [`${path} is ${value}`];
  if (key === 'nodePort' && value !== '') return [`${path} is set`];
  const opened = isMap(value) && (value.enabled === true || value.enable === true);
  return /ingress|gateway/i.test(key) && opened ? [`${path} is enabled`] : [];
}
