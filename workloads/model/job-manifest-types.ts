/**
 * The part of the Kubernetes API that our manifests use, and no more: a field that is not here is one we do
 * not set. Names and meaning are the API's own (batch/v1, v1).
 */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Kubernetes deletes what an object owns after the object itself. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export interface ResourceRequirements {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: 'IfNotPresent';
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly EnvVar[];
  readonly resources: ResourceRequirements;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext: {
    readonly allowPrivilegeEscalation: false;
    readonly readOnlyRootFilesystem: true;
    readonly runAsNonRoot: true;
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit: string };
  readonly configMap?: { readonly name: string };
  /** Several of them as one folder. */
  readonly projected?: { readonly sources: { readonly configMap: { readonly name: string } }[] };
}

export interface Toleration {
  readonly key: string;
  readonly operator: 'Equal';
  readonly value: string;
  readonly effect: string;
}

export interface PodAntiAffinityTerm {
  readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly topologyKey: string;
}

export interface PodSpec {
  readonly restartPolicy: 'Never';
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: false;
  readonly terminationGracePeriodSeconds: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: { readonly podAntiAffinity: { readonly requiredDuringSchedulingIgnoredDuringExecution: readonly PodAntiAffinityTerm[] } };
  readonly securityContext: {
    readonly runAsNonRoot: true;
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly fsGroup: number;
    readonly seccompProfile: { readonly type: 'RuntimeDefault' };
  };
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

/** First match decides. `Ignore` counts against no limit, `FailIndex` and `FailJob` end retries, `Count` is one of them. */
export interface PodFailureRule {
  readonly action: 'Ignore' | 'FailIndex' | 'FailJob' | 'Count';
  readonly onExitCodes?: { readonly containerName: string; readonly operator: 'In'; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string; readonly status: 'True' }[];
}

export interface JobSpec {
  readonly completions?: number;
  readonly parallelism?: number;
  readonly completionMode?: 'Indexed';
  readonly backoffLimit?: number;
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly podReplacementPolicy?: 'Failed';
  readonly podFailurePolicy: { readonly rules: readonly PodFailureRule[] };
  readonly suspend?: boolean;
  readonly template: PodTemplate;
}

export interface Job {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'Job';
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
}

export interface CronJob {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'CronJob';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly suspend: boolean;
    readonly concurrencyPolicy: 'Forbid';
    readonly startingDeadlineSeconds: number;
    readonly successfulJobsHistoryLimit: number;
    readonly failedJobsHistoryLimit: number;
    readonly jobTemplate: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: JobSpec };
  };
}

export interface ConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: ObjectMeta;
  readonly immutable: true;
  readonly data: Readonly<Record<string, string>>;
}
