import type {
  CoreV1Event, V1ConfigMap, V1Container, V1ContainerState, V1ContainerStatus, V1EnvVar, V1Job, V1JobSpec, V1NodeStatus, V1Pod, V1PodStatus, V1ServiceList, V1Volume, V1VolumeProjection,
} from '@kubernetes/client-node';

/** An object as it travels: plain JSON in the shape that the client's classes describe. */
export type Plain<T> = T extends Date ? string : T extends readonly (infer Item)[] ? Plain<Item>[] : T extends object ? { [Key in keyof T]: Plain<T[Key]> } : T;

export type Pod = Plain<V1Pod>;
export type PodStatus = Plain<V1PodStatus>;
export type Container = Plain<V1Container>;
export type ContainerState = Plain<V1ContainerState>;
export type ContainerStatus = Plain<V1ContainerStatus>;
export type EnvVar = Plain<V1EnvVar>;
export type Volume = Plain<V1Volume>;
export type VolumeProjection = Plain<V1VolumeProjection>;
export type ConfigMap = Plain<V1ConfigMap>;
export type Job = Plain<V1Job>;
export type JobSpec = Plain<V1JobSpec>;
export type KubeEvent = Plain<CoreV1Event>;
export type NodeStatus = Plain<V1NodeStatus>;
export type ServiceList = Plain<V1ServiceList>;
/** What a list call gives. */
export interface List<Item> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}
