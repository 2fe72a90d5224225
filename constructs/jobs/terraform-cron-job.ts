import { type CronJobV1Config } from '@cdktf/provider-kubernetes/lib/cron-job-v1';
import { type Container, type CronJob, type JobSpec, type PodFailureRule, type PodSpec } from '../../workloads/model/job-manifest-types.js';

type JobTemplate = CronJobV1Config['spec']['jobTemplate'];
type TerraformJobSpec = JobTemplate['spec'];
type TerraformPodSpec = NonNullable<TerraformJobSpec['template']['spec']>;
type TerraformPodFailurePolicy = NonNullable<TerraformJobSpec['podFailurePolicy']>;

/**
 * A manifest as Terraform's resource takes it: the same fields, lists in the singular, some numbers as text.
 * So the object in the cluster is written once, in the model, and programs make theirs from it. What a field is
 * not translated for here would be lost silently; a test turns the result back and compares.
 */
export function terraformCronJob(manifest: CronJob): Pick<CronJobV1Config, 'metadata' | 'spec'> {
  const { jobTemplate, timeZone, ...spec } = manifest.spec;
  const { name, namespace, labels } = manifest.metadata;
  return {
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels: { ...labels } }) },
    spec: { ...spec, timezone: timeZone, jobTemplate: { metadata: { labels: { ...jobTemplate.metadata.labels } }, spec: jobSpec(jobTemplate.spec) } },
  };
}

function jobSpec(spec: JobSpec): TerraformJobSpec {
  const { ttlSecondsAfterFinished, podFailurePolicy, template, ...plain } = spec;
  return {
    ...plain,
    ...(ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished: String(ttlSecondsAfterFinished) }),
    podFailurePolicy: { rule: podFailurePolicy.rules.map(failureRule) },
    template: { metadata: { labels: { ...template.metadata.labels } }, spec: podSpec(template.spec) },
  };
}

function failureRule(rule: PodFailureRule): Extract<TerraformPodFailurePolicy['rule'], readonly unknown[]>[number] {
  const { action, onExitCodes, onPodConditions } = rule;
  return {
    action,
    ...(onExitCodes === undefined ? {} : { onExitCodes: { ...onExitCodes, values: [...onExitCodes.values] } }),
    ...(onPodConditions === undefined ? {} : { onPodCondition: onPodConditions.map((condition) => ({ ...condition })) }),
  };
}

function podSpec(spec: PodSpec): TerraformPodSpec {
  const { containers, volumes, tolerations, affinity, nodeSelector, securityContext, ...plain } = spec;
  return {
    ...plain,
    nodeSelector: { ...nodeSelector },
    ...(affinity === undefined ? {} : { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: antiAffinity(affinity) } } }),
    ...(tolerations === undefined ? {} : { toleration: tolerations.map((toleration) => ({ ...toleration })) }),
    securityContext: {
      ...securityContext,
      runAsUser: String(securityContext.runAsUser),
      runAsGroup: String(securityContext.runAsGroup),
      fsGroup: String(securityContext.fsGroup),
    },
    container: containers.map(container),
    volume: volumes.map(({ projected, ...volume }) => (
      projected === undefined ? volume : { ...volume, projected: [{ sources: projected.sources.map(({ configMap }) => ({ configMap: [configMap] })) }] }
    )),
  };
}

function antiAffinity(affinity: NonNullable<PodSpec['affinity']>): { labelSelector: { matchLabels: Record<string, string> }[]; topologyKey: string }[] {
  return affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.map(({ labelSelector, topologyKey }) => (
    { labelSelector: [{ matchLabels: { ...labelSelector.matchLabels } }], topologyKey }
  ));
}

function container(spec: Container): Extract<NonNullable<TerraformPodSpec['container']>, readonly unknown[]>[number] {
  const { command, args, ports, env, resources, volumeMounts, securityContext, ...plain } = spec;
  return {
    ...plain,
    command: [...command],
    args: [...args],
    ...(ports === undefined ? {} : { port: ports.map((port) => ({ ...port })) }),
    env: env.map((variable) => ({ ...variable })),
    resources: { requests: { ...resources.requests }, limits: { ...resources.limits } },
    volumeMount: volumeMounts.map((mount) => ({ ...mount })),
    securityContext: { ...securityContext, capabilities: { drop: [...securityContext.capabilities.drop] } },
  };
}
