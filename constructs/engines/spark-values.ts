import { SPARK_API_CLIENT_ENV } from '../../workloads/model/spark-api-client.js';
import { type ChartValues } from './chart-values.js';
import { ON_SYSTEM_POOL } from './placement.js';

/** The release, which also names the operator's Deployments. */
export const SPARK_OPERATOR_RELEASE = 'spark-operator';
export const SPARK_WEBHOOK_PORT = 9_443;

export interface SparkOperatorChartInput {
  /** Where SparkApplications are made; exists before the release, which puts a service account and its rights there. */
  readonly jobNamespace: string;
  readonly serviceAccountName: string;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every submission starts a JVM inside the controller's pod; two at a time fit. */
const CONTROLLER_RESOURCES = { requests: { cpu: '200m', memory: '1536Mi' }, limits: { memory: '1536Mi' } };
const WEBHOOK_RESOURCES = { requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '256Mi' } };

/** Values of the chart `spark-operator`. */
export function sparkOperatorValues(input: SparkOperatorChartInput): ChartValues {
  return {
    commonLabels: input.labels,
    controller: {
      ...ON_SYSTEM_POOL,
      labels: input.labels,
      workers: 2,
      env: SPARK_API_CLIENT_ENV,
      resources: CONTROLLER_RESOURCES,
      uiService: { enable: false },
      uiIngress: { enable: false },
    },
    webhook: {
      ...ON_SYSTEM_POOL,
      enable: true,
      port: SPARK_WEBHOOK_PORT,
      labels: input.labels,
      resources: WEBHOOK_RESOURCES,
      // A pod that the webhook could not shape would run as something else than what was asked for: rather none.
      failurePolicy: 'Fail',
    },
    spark: {
      jobNamespaces: [input.jobNamespace],
      serviceAccount: { create: true, name: input.serviceAccountName, annotations: input.serviceAccountAnnotations },
      rbac: { create: true },
    },
    prometheus: { metrics: { enable: false } },
  };
}
