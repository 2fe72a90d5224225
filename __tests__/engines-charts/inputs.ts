import { nodeShape, type NodeShape } from '../../workloads/model/node-shapes.js';
import { type ChartValues } from '../../constructs/engines/chart-values.js';
import { kubeRayOperatorValues, rayClusterValues } from '../../constructs/engines/ray-values.js';
import { raySizing } from '../../constructs/engines/ray-sizing.js';
import { sparkOperatorValues } from '../../constructs/engines/spark-values.js';
import { trinoSizing } from '../../constructs/engines/trino-sizing.js';
import { trinoValues } from '../../constructs/engines/trino-values.js';

export function shape(type: string): NodeShape {
  const found = nodeShape(type);
  if (found === undefined) throw new Error(`no shape of ${type}`);
  return found;
}

export const LABELS = { 'flowbench/project': 'ematix-flow-bench', 'flowbench/max-lifetime-hours': '8' };
const ROLE = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/engine' };
const M5 = shape('m5.xlarge');

/** Values of each chart as a phase of four m5.xlarge would have them. */
export const SPARK_VALUES: ChartValues = sparkOperatorValues({ jobNamespace: 'flowbench-spark', serviceAccountName: 'spark', serviceAccountAnnotations: ROLE, labels: LABELS });
export const TRINO_VALUES: ChartValues = trinoValues({
  image: { repository: 'trinodb/trino', tag: '480' }, version: '480', region: 'us-east-2', workers: 4,
  sizing: trinoSizing({ worker: M5, system: M5, workers: 4 }), serviceAccountName: 'trino', serviceAccountAnnotations: ROLE, labels: LABELS,
});
export const RAY_OPERATOR_VALUES: ChartValues = kubeRayOperatorValues({ watchNamespace: 'flowbench-ray', labels: LABELS });
export const RAY_CLUSTER_VALUES: ChartValues = rayClusterValues({
  image: { repository: 'example.org/daft@sha256', tag: 'ab12' }, rayVersion: '2.57.0', region: 'us-east-2', workers: 4, workerCpus: 4,
  ...raySizing(M5, M5), serviceAccountName: 'ray', labels: LABELS,
});
