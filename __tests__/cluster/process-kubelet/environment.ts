import { type KubeHttp } from '../harness/kube-http.js';
import { type ConfigMap, type Container, type EnvVar, type Pod } from '../harness/kube-types.js';
import { fieldOf } from './downward.js';

const REFERENCE = /\$\$|\$\(([A-Za-z_][\w.-]*)\)/g;

/** `$(NAME)` as Kubernetes fills it in: what is not known stays as it is, `$$` is a dollar. */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(REFERENCE, (whole, name: string | undefined) => (name === undefined ? '$' : environment[name] ?? whole));
}

/**
 * The environment of a container: what its image and the node give, then what its manifest says, in that order.
 * Rejects while a ConfigMap that it refers to is not there.
 */
export async function environmentOf(pod: Pod, container: Container, given: Readonly<Record<string, string>>, api: KubeHttp): Promise<Record<string, string>> {
  const environment: Record<string, string> = { ...given };
  for (const variable of container.env ?? []) {
    const value = await valueOf(pod, variable, environment, api);
    if (value !== null) environment[variable.name] = value;
  }
  return environment;
}

async function valueOf(pod: Pod, variable: EnvVar, sofar: Readonly<Record<string, string>>, api: KubeHttp): Promise<string | null> {
  const source = variable.valueFrom;
  if (source === undefined) return expand(variable.value ?? '', sofar);
  if (source.fieldRef !== undefined) return fieldOf(pod, source.fieldRef.fieldPath);
  if (source.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = source.configMapKeyRef;
    const configMap = await api.find<ConfigMap>(`/api/v1/namespaces/${pod.metadata?.namespace ?? ''}/configmaps/${name}`);
    const value = configMap?.data?.[key];
    if (value === undefined && optional !== true) throw new Error(`couldn't find key ${key} in ConfigMap ${name}`);
    return value ?? null;
  }
  throw new Error(`this kubelet does not know the source of ${variable.name}`);
}
