import { systemRoom } from '../../constructs/engines/node-room.js';
import { coordinatorCronJob, coordinatorJob, coordinatorResources, type CoordinatorSettings, FINAL_RUN_EXIT_CODES } from '../../workloads/model/job-manifest-coordinator.js';
import { jobName } from '../../workloads/model/job-manifest-names.js';
import { type Job } from '../../workloads/model/job-manifest-types.js';
import { flowWorkerJob, flowWorkerJobTemplate, type FlowWorkerRun, MAX_CONFIG_MAP_BYTES, parseJobTemplate, runLabelSelector, sessionLabelSelector, workUnitsConfigMaps } from '../../workloads/model/job-manifest.js';
import { allocatable, DAEMON_CPU_MILLIS, NODE_SHAPES, type NodeShape, nodeShape, workerResources } from '../../workloads/model/node-shapes.js';
import { WORKER_EXIT } from '../../workloads/model/worker-metrics.js';
import { type Manifest, manifestProblems } from '../infrastructure/kubernetes-schema.js';
import { brokenRules } from '../infrastructure/pod-security.js';

const M5 = nodeShape('m5.xlarge') as NodeShape;
const IMAGE = `registry.example/flow-worker@sha256:${'b'.repeat(64)}`;
const template = flowWorkerJobTemplate({ namespace: 'flowbench', image: IMAGE, serviceAccountName: 'flow-worker', node: M5, region: 'us-east-2', labels: { 'flowbench/owner': 'me' } });
const OWNER = { apiVersion: 'batch/v1', kind: 'Job', name: 'coordinator-x', uid: '0f0e0d0c' };
const RUN: FlowWorkerRun = {
  name: 'fw-run-q14-2', runId: '20261121T101500Z-a1b2c3', sessionId: 'flow-job-4', query: 'Q14-2-1', workers: 4, deadlineSeconds: 360, workUnits: ['fw-run-q14-2'], owner: OWNER,
};
const job = flowWorkerJob(template, RUN);
const checked = (manifest: object): string[] => manifestProblems(manifest as Manifest);

describe('the Job of one query', () => {
  it('and its template are what the API takes, restricted pods included', () => {
    expect([template, job].flatMap(checked)).toEqual([]);
    expect(brokenRules(job.spec.template.spec)).toEqual([]);
  });

  it('would be refused with a field that the API does not have', () => {
    expect(checked({ ...job, spec: { ...job.spec, podReplacement: 'Failed' } })).toEqual(['Job.spec.podReplacement is no field of V1JobSpec']);
  });

  it('has one pod for each worker, one on each node of the worker pool, without the API\'s token', () => {
    expect(job.spec).toMatchObject({ completions: 4, parallelism: 4, completionMode: 'Indexed', suspend: false, podReplacementPolicy: 'Failed' });
    const pod = job.spec.template.spec;
    expect(pod).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false, nodeSelector: { 'flowbench/pool': 'worker' } });
    const [term] = pod.affinity?.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    expect(term?.topologyKey).toBe('kubernetes.io/hostname');
    // What keeps pods apart has to match the pods themselves, those of other runs too.
    expect(job.spec.template.metadata.labels).toMatchObject(term?.labelSelector.matchLabels ?? { none: 'matched' });
    expect(term?.labelSelector.matchLabels).not.toHaveProperty('flowbench/run');
  });

  it('forgives disruptions, fails an index at once for what a repetition would not change, and tries the rest twice', () => {
    expect(job.spec.podFailurePolicy.rules).toEqual([
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailIndex', onExitCodes: { containerName: 'flow-worker', operator: 'In', values: [WORKER_EXIT.badInput, WORKER_EXIT.queryFailed] } },
    ]);
    expect(job.spec).toMatchObject({ backoffLimitPerIndex: 1, maxFailedIndexes: 0, activeDeadlineSeconds: 360 });
    expect(job.spec).not.toHaveProperty('backoffLimit');
    expect(job.spec).not.toHaveProperty('ttlSecondsAfterFinished');
  });

  it('names in its rules the container that it runs', () => {
    const names = job.spec.podFailurePolicy.rules.flatMap((rule) => rule.onExitCodes?.containerName ?? []);
    expect(names).toEqual(job.spec.template.spec.containers.map((container) => container.name));
  });

  it('reads its unit by index from the Job\'s own ConfigMap', () => {
    const pod = job.spec.template.spec;
    expect(pod.containers[0]?.args).toEqual(['--work-unit-file', '/work-units/$(JOB_COMPLETION_INDEX).json', '--pod-uid', '$(FLOWBENCH_POD_UID)']);
    expect(pod.volumes).toContainEqual({ name: 'work-units', configMap: { name: RUN.workUnits[0] } });
    expect(pod.containers[0]?.volumeMounts).toContainEqual({ name: 'work-units', mountPath: '/work-units', readOnly: true });
  });

  it('writes nowhere but to folders of its own, and knows its pod', () => {
    const [container] = job.spec.template.spec.containers;
    const writable = container?.volumeMounts.filter((mount) => mount.readOnly !== true).map((mount) => mount.name);
    const emptied = job.spec.template.spec.volumes.filter((volume) => volume.emptyDir !== undefined).map((volume) => volume.name);
    expect(writable).toEqual(emptied);
    expect(writable).toEqual(['spill', 'tmp']);
    expect(container?.env).toContainEqual({ name: 'HOME', value: '/tmp' });
    expect(container?.env).toContainEqual({ name: 'FLOWBENCH_POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } });
  });

  it('is found and cleaned up by its run, on Job and pods alike', () => {
    const labels = { 'flowbench/run': RUN.runId, 'flowbench/session': 'flow-job-4', 'flowbench/query': 'Q14-2-1', 'flowbench/owner': 'me' };
    expect(job.metadata.labels).toMatchObject(labels);
    expect(job.spec.template.metadata.labels).toMatchObject(labels);
    expect(job.metadata.ownerReferences).toEqual([OWNER]);
    expect(runLabelSelector(RUN.runId)).toBe('flowbench/run=20261121T101500Z-a1b2c3');
  });

  it('leaves the template as it was, and may run another image', () => {
    const before = JSON.stringify(template);
    const other = flowWorkerJob(template, { ...RUN, image: 'registry.example/other@sha256:0' });
    expect(other.spec.template.spec.containers[0]?.image).toBe('registry.example/other@sha256:0');
    expect(JSON.stringify(template)).toBe(before);
  });

  it.each(NODE_SHAPES)('fits a node of type $type with what stands there anyway', (node) => {
    const [container] = flowWorkerJobTemplate({ namespace: 'n', image: IMAGE, serviceAccountName: 's', node, region: 'r' }).spec.template.spec.containers;
    const { cpu, memory } = container?.resources.requests ?? {};
    expect(container?.resources.limits).toEqual({ memory });
    expect(parseInt(cpu ?? '', 10) + DAEMON_CPU_MILLIS).toBeLessThanOrEqual(allocatable(node).cpuMillis);
    expect(parseInt(memory ?? '', 10)).toBeLessThan(allocatable(node).memoryMib);
    // More than half of the node: not even without anti-affinity would two fit.
    expect(parseInt(cpu ?? '', 10) * 2).toBeGreaterThan(allocatable(node).cpuMillis);
  });
});

describe('work units of a Job', () => {
  it('are one file an index, in an object that cannot change under a running Job', () => {
    const maps = workUnitsConfigMaps(template, RUN, ['{"a":1}', '{"b":2}']);
    expect(maps.flatMap(checked)).toEqual([]);
    expect(maps).toEqual([expect.objectContaining({ immutable: true, data: { '0.json': '{"a":1}', '1.json': '{"b":2}' } })]);
    expect(maps[0]?.metadata).toMatchObject({ name: RUN.name, ownerReferences: [OWNER], labels: { 'flowbench/session': 'flow-job-4' } });
  });

  it('are in as many objects as they need, each as full as it may be, and mounted as one folder', () => {
    const unit = 'x'.repeat(MAX_CONFIG_MAP_BYTES / 2 - '0.json'.length);
    const maps = workUnitsConfigMaps(template, RUN, [unit, unit, unit, 'y', unit]);
    expect(maps.map(({ data }) => Object.keys(data))).toEqual([['0.json', '1.json'], ['2.json', '3.json'], ['4.json']]);
    const workUnits = maps.map(({ metadata }) => metadata.name);
    expect(workUnits).toEqual([RUN.name, `${RUN.name}-part-1`, `${RUN.name}-part-2`]);
    const split = flowWorkerJob(template, { ...RUN, workUnits });
    expect(checked(split)).toEqual([]);
    expect(brokenRules(split.spec.template.spec)).toEqual([]);
    expect(split.spec.template.spec.volumes).toContainEqual({ name: 'work-units', projected: { sources: workUnits.map((name) => ({ configMap: { name } })) } });
  });

  it('are refused where one alone passes what a ConfigMap holds, counted in bytes', () => {
    const fitting = 'x'.repeat(MAX_CONFIG_MAP_BYTES - '0.json'.length);
    expect(() => workUnitsConfigMaps(template, RUN, [fitting])).not.toThrow();
    expect(() => workUnitsConfigMaps(template, RUN, [`${fitting}x`])).toThrow(/1048577 bytes; a ConfigMap holds 1048576/);
    expect(() => workUnitsConfigMaps(template, RUN, ['ä'.repeat(MAX_CONFIG_MAP_BYTES / 2)])).toThrow(/bytes/);
  });
});

describe('the Jobs of a session', () => {
  it('are found by labels, whatever its name has in it', () => {
    const long = `flow-${'x'.repeat(80)}`;
    for (const sessionId of ['flow-job-4', long, 'flow job/4']) {
      const { labels } = flowWorkerJob(template, { ...RUN, sessionId }).metadata;
      const value = labels?.['flowbench/session'] ?? '';
      expect(value).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
      expect(sessionLabelSelector(RUN.runId, sessionId)).toBe(`flowbench/run=${RUN.runId},flowbench/session=${value}`);
    }
    expect(sessionLabelSelector('r', `${long}a`)).not.toBe(sessionLabelSelector('r', `${long}b`));
  });
});

describe('a published template', () => {
  it('is read back as it was', () => {
    expect(parseJobTemplate(JSON.stringify(template))).toEqual(template);
  });

  it.each([
    ['no JSON', '{', /is not JSON/],
    ['no Job', '{"kind":"Pod"}', /is no Job/],
    ['nothing', 'null', /is no Job/],
    ['another version', JSON.stringify({ ...template, metadata: { ...template.metadata, annotations: { 'flowbench/template-version': '9' } } }), /has version 9/],
    ['no version', JSON.stringify({ ...template, metadata: {} }), /has version none/],
  ])('is refused when it is %s, with what to do', (_what, text, sentence) => {
    expect(() => parseJobTemplate(text)).toThrow(expect.objectContaining({ code: 'configuration', message: expect.stringMatching(sentence) as string, remedy: expect.stringMatching(/Deploy the phase again/) as string }) as Error);
  });
});

describe('names of Jobs', () => {
  it('are what a host name may be, with the index after it', () => {
    expect(jobName('fw', '20261121T101500Z-a1b2c3', 'Q14', 2)).toBe('fw-20261121t101500z-a1b2c3-q14-2');
  });

  it('stay short and distinct when the parts are long', () => {
    const long = (end: string): string => jobName('fw', 'x'.repeat(80), end);
    expect(`${long('1')}-99999`.length).toBeLessThanOrEqual(63);
    expect(long('1')).not.toBe(long('2'));
    expect(long('1')).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });
});

describe('the coordinator', () => {
  const settings: CoordinatorSettings = {
    namespace: 'flowbench', image: IMAGE, serviceAccountName: 'coordinator', node: M5, project: 'bench', phase: 'alpha', region: 'us-east-2', clusterName: 'bench-alpha', datasets: ['tpch/sf10'],
    datasetBucket: 'data', resultsBucket: 'results', engines: ['flow'], workerNodeType: 'm5.xlarge', workers: 4, args: ['run'],
  };
  const cronJob = coordinatorCronJob(settings);
  const made: Job = coordinatorJob({ uid: 'abc', manifest: cronJob }, { runId: RUN.runId, args: ['run', '--queries', 'Q1'] });

  it('is a CronJob that the API takes, in restricted pods', () => {
    expect(checked(cronJob)).toEqual([]);
    expect(brokenRules(cronJob.spec.jobTemplate.spec.template.spec)).toEqual([]);
  });

  it('makes a Job of a run as kubectl makes one from a CronJob', () => {
    expect(checked(made)).toEqual([]);
    expect(made.metadata).toMatchObject({
      name: 'coordinator-20261121t101500z-a1b2c3',
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'coordinator', uid: 'abc', controller: true }],
      labels: { 'flowbench/run': RUN.runId },
    });
    expect(made.spec.template.spec.containers[0]).toMatchObject({ args: ['run', '--queries', 'Q1'], image: IMAGE });
    expect({ ...made.spec, template: null }).toEqual({ ...cronJob.spec.jobTemplate.spec, template: null });
  });

  it('is started again after a loss, and not after a result', () => {
    const [, final] = made.spec.podFailurePolicy.rules;
    expect(final).toEqual({ action: 'FailJob', onExitCodes: { containerName: 'coordinator', operator: 'In', values: FINAL_RUN_EXIT_CODES } });
    expect(made.spec.backoffLimit).toBeGreaterThan(0);
    expect(FINAL_RUN_EXIT_CODES).not.toContain(137);
  });

  it('lists exit codes in rising order and without 0, as the API asks of the coordinator and of workers', () => {
    for (const { spec } of [made, job]) {
      const lists = spec.podFailurePolicy.rules.flatMap((rule) => (rule.onExitCodes === undefined ? [] : [rule.onExitCodes.values]));
      expect(lists).toHaveLength(1);
      expect(lists).toEqual(lists.map((values) => [...new Set(values)].filter((value) => value > 0).sort((a, b) => a - b)));
    }
  });

  it('knows the Job it belongs to, which owns what it makes', () => {
    const fields = made.spec.template.spec.containers[0]?.env.flatMap((variable) => variable.valueFrom?.fieldRef.fieldPath ?? []);
    expect(fields).toEqual(expect.arrayContaining(["metadata.labels['batch.kubernetes.io/job-name']", "metadata.labels['batch.kubernetes.io/controller-uid']"]));
  });

  it.each(NODE_SHAPES)('takes a small part of a system node of type $type', (node) => {
    const { cpuMillis, memoryMib } = coordinatorResources(node);
    expect(cpuMillis).toBeLessThanOrEqual(allocatable(node).cpuMillis / 8);
    expect(memoryMib).toBeGreaterThanOrEqual(512);
    expect(memoryMib).toBeLessThanOrEqual(1_280);
    // With what an engine's own coordinator takes, it stays within the node.
    expect(cpuMillis + systemRoom(node).cpuMillis).toBeLessThan(workerResources(node).cpuMillis);
    expect(memoryMib + systemRoom(node).memoryMib).toBeLessThan(workerResources(node).memoryMib);
  });
});
