import type { CoreV1Event, V1ConfigMap, V1CronJob, V1Deployment, V1Job, V1Lease, V1ObjectMeta, V1Pod } from '@kubernetes/client-node';

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
export type ClusterDeployment = Plain<V1Deployment>;

/** What an object of any kind has: its kind's own fields are what is expected of it, not what the API promises. */
export interface CustomObject {
  metadata?: Plain<V1ObjectMeta>;
}
