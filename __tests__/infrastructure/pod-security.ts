/** The `restricted` level of Kubernetes' pod security standards, rule by rule, over a pod's spec. */
interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly procMount?: string;
  readonly seccompProfile?: { readonly type: string };
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}
interface ContainerSpec {
  readonly name: string;
  readonly securityContext?: SecurityContext;
  readonly ports?: readonly { readonly containerPort?: number; readonly hostPort?: number }[];
}
export interface CheckedPodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext & { readonly sysctls?: readonly unknown[] };
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly volumes?: readonly object[];
}

const VOLUMES = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);
const SECCOMP = new Set(['RuntimeDefault', 'Localhost']);

type Rule = (pod: CheckedPodSpec, containers: readonly ContainerSpec[]) => boolean;
const each = (holds: (context: SecurityContext, pod: CheckedPodSpec) => boolean): Rule => (pod, containers) => containers.every((one) => holds(one.securityContext ?? {}, pod));

/** Rule → whether a pod keeps it. */
export const RESTRICTED_RULES: Readonly<Record<string, Rule>> = {
  'host namespaces are not shared': (pod) => !(pod.hostNetwork ?? false) && !(pod.hostPID ?? false) && !(pod.hostIPC ?? false),
  'no container is privileged': each((context) => !(context.privileged ?? false)),
  'privileges cannot be gained': each((context) => context.allowPrivilegeEscalation === false),
  'all capabilities are dropped': each((context) => context.capabilities?.drop?.includes('ALL') ?? false),
  'only NET_BIND_SERVICE is added': each((context) => (context.capabilities?.add ?? []).every((name) => name === 'NET_BIND_SERVICE')),
  'not root': each((context, pod) => (context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true),
  'no user 0': each((context, pod) => (context.runAsUser ?? pod.securityContext?.runAsUser) !== 0),
  'system calls are filtered': each((context, pod) => SECCOMP.has((context.seccompProfile ?? pod.securityContext?.seccompProfile)?.type ?? 'Unconfined')),
  'proc is masked': each((context) => (context.procMount ?? 'Default') === 'Default'),
  'no port of the host': (_pod, containers) => containers.every((one) => (one.ports ?? []).every((port) => (port.hostPort ?? 0) === 0)),
  'only volumes without a host': (pod) => (pod.volumes ?? []).every((volume) => Object.keys(volume).every((key) => key === 'name' || VOLUMES.has(key))),
  'no kernel settings': (pod) => (pod.securityContext?.sysctls ?? []).length === 0,
};

/** The rules that a pod breaks. */
export function brokenRules(pod: CheckedPodSpec): string[] {
  const containers = [...pod.containers, ...(pod.initContainers ?? [])];
  return Object.entries(RESTRICTED_RULES).filter(([, holds]) => !holds(pod, containers)).map(([rule]) => rule);
}
