import { rayJob } from '../../../workloads/kubernetes/engines/ray-job.js';
import { SESSION_ANNOTATION, sparkApplication } from '../../../workloads/kubernetes/engines/spark-application.js';
import { driverSize, executorSize } from '../../../workloads/kubernetes/engines/spark-sizing.js';
import { workerResources } from '../../../workloads/model/node-shapes.js';
import { NODE, RAY_PLACE, SESSION, sparkRun, TEN_GIB } from './support.js';

describe('executors', () => {
  const mib = (text = '0m'): number => Number(text.slice(0, -1));

  test('by default have the memory that every engine is given as heap, and all that the node has left beside it', () => {
    const { memory, memoryOverhead, cores, coreRequest } = executorSize({ tier: 'default', node: NODE, threads: 4, memoryBytes: TEN_GIB });
    expect({ memory, cores, coreRequest }).toEqual({ memory: '10240m', cores: 4, coreRequest: '3700m' });
    expect(mib(memory) + mib(memoryOverhead)).toBe(workerResources(NODE).memoryMib);
  });

  test('never ask for more than a node has, whatever they are to be given', () => {
    const { memory, memoryOverhead } = executorSize({ tier: 'tuned', node: NODE, threads: 4, memoryBytes: 10 * TEN_GIB });
    expect(mib(memory) + mib(memoryOverhead)).toBe(workerResources(NODE).memoryMib);
  });

  test('of the plan are as the plan has them', () => {
    expect(executorSize({ tier: 'plan', node: NODE, threads: 4, memoryBytes: TEN_GIB })).toEqual({ cores: 3, coreRequest: '3', memory: '3g' });
  });

  test('are driven from a pod that keeps within its room', () => {
    const { memory, memoryOverhead } = driverSize({ cpuMillis: 1_500, memoryMib: 4_000 });
    expect(mib(memory) + mib(memoryOverhead)).toBe(4_000);
  });
});

test('an application is told its session by a file that comes with its pod, and its word by the environment', () => {
  const { metadata, spec } = sparkApplication(sparkRun());
  expect(metadata.labels).toMatchObject({ 'flowbench/run': '20261121T101500Z-a1b2c3', 'flowbench/session': 'spark-default-4-1a2b3c' });
  const { driver, executor, sparkConf } = spec as { driver: { template: { metadata: { annotations: Record<string, string> } } }; executor: object; sparkConf: Record<string, string> };
  expect(JSON.parse(driver.template.metadata.annotations[SESSION_ANNOTATION] ?? '')).toEqual(SESSION);
  expect(JSON.stringify(driver)).toContain('{"name":"FLOWBENCH_DRIVER_TOKEN","value":"word"}');
  expect(JSON.stringify(executor)).not.toContain('word');
  expect(sparkConf).toMatchObject({ 'spark.dynamicAllocation.enabled': 'false', 'spark.scheduler.minRegisteredResourcesRatio': '1.0', 'spark.eventLog.enabled': 'true' });
});

test('a job of Ray is told the same by its environment, and goes to the cluster that stands', () => {
  const { spec } = rayJob({ name: 'fb-1', place: RAY_PLACE, runId: 'run', sessionId: 'session', session: SESSION, token: 'word' });
  const { runtimeEnvYAML, ...rest } = spec as { runtimeEnvYAML: string };
  const { env_vars: variables } = JSON.parse(runtimeEnvYAML) as { env_vars: Record<string, string> };
  expect(JSON.parse(variables['FLOWBENCH_DRIVER_SESSION'] ?? '')).toEqual(SESSION);
  expect(variables['FLOWBENCH_DRIVER_TOKEN']).toBe('word');
  expect(rest).toMatchObject({ clusterSelector: { 'ray.io/cluster': 'ray' }, shutdownAfterJobFinishes: false, submissionMode: 'HTTPMode' });
});
