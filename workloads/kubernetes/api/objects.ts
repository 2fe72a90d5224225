import type { CoreV1Event, V1ConfigMap, V1CronJob, V1Job, V1Lease, V1Pod } from '@kubernetes/client-node';

/** The shape of a class of client-node: what the API sends is plain data, with its times as dates. */
type Plain<Value> = Value extends Date ? Date
  : Value extends readonly (infer Item)[] ? Plain<Item>[]
    : Value extends object ? { [Key in keyof Value]: Plain<Value[Key]> }
      : Value;

export type ClusterPod = Plain<V1Pod>;
export type ClusterJob = Plain<V1Job>;
export type ClusterCronJob = Plain<V1CronJob>;
export type ClusterConfigMap = Plain<V1ConfigMap>;
export type ClusterLease = Plain<V1Lease>;
export type ClusterEvent = Plain<CoreV1Event>;
