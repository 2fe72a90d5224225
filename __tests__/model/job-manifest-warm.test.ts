import { flowWorkerJobTemplate, runLabelSelector, sessionLabelSelector } from '../../workloads/model/job-manifest.js';
import { WARM_GENERATION_KEY, warmUrl, warmWorkerJob, type WarmWorkerRun } from '../../workloads/model/job-manifest-warm.js';
import { nodeShape, type NodeShape } from '../../workloads/model/node-shapes.js';
import { WORKER_EXIT } from '../../workloads/model/worker-metrics.js';
import { type Manifest, manifestProblems } from '../infrastructure/kubernetes-schema.js';
import { brokenRules } from '../infrastructure/pod-security.js';

const IMAGE = `registry.example/flow-worker@sha256:${'b'.repeat(64)}`;
const template = flowWorkerJobTemplate({ namespace: 'flowbench-alpha', image: IMAGE, serviceAccountName: 'flow-worker', node: nodeShape('m5.xlarge') as NodeShape, region: 'us-east-2' });
const OWNER = { apiVersion: 'batch/v1', kind: 'Job', name: 'coordinator-x', uid: '0f0e0d0c' };
const RUN: WarmWorkerRun = {
  name: 'warm-run-flow-4-1', runId: '20261121T101500Z-a1b2c3', sessionId: 'flow-warm-job-4', generation: 1, workers: 4, url: warmUrl('flowbench-alpha'), token: 'secret', owner: OWNER,
};
const job = warmWorkerJob(template, RUN);
const pod = job.spec.template.spec;
const [container] = pod.containers;

/** Whether labels fit a selector of equalities. */
const fits = (labels: Readonly<Record<string, string>> | undefined, selector: string): boolean => selector.split(',').every((term) => labels?.[term.split('=')[0] ?? ''] === term.split('=')[1]);

describe('the Job of pods that stay up', () => {
  it('is what the API takes, in restricted pods', () => {
    expect(manifestProblems(job as unknown as Manifest)).toEqual([]);
    expect(brokenRules(pod)).toEqual([]);
  });

  it('has the pod of the template, but for what it does', () => {
    const given = template.spec.template.spec;
    const { args, env, volumeMounts } = container ?? { args: [], env: [], volumeMounts: [] };
    expect({ ...given.containers[0], args, env, volumeMounts }).toEqual(container);
    expect({ ...given, containers: pod.containers, volumes: pod.volumes }).toEqual(pod);
  });

  it('finds the coordinator by its Service', () => {
    const { protocol, host } = new URL(RUN.url);
    expect([protocol, host]).toEqual(['http:', 'coordinator.flowbench-alpha.svc:8470']);
  });

  it('asks for units instead of reading them', () => {
    expect(container?.args).toEqual(['--take-from', RUN.url, '--pod-uid', '$(FLOWBENCH_POD_UID)']);
    expect(container?.env).toEqual(expect.arrayContaining([
      { name: 'FLOWBENCH_RUN_ID', value: RUN.runId }, { name: 'FLOWBENCH_WARM_TOKEN', value: 'secret' }, { name: 'FLOWBENCH_WARM_URL', value: RUN.url },
    ]));
    expect(container?.env.some(({ name }) => name === 'FLOWBENCH_POD_UID')).toBe(true);
  });

  it('mounts what it spills to and nothing from ConfigMaps', () => {
    expect(pod.volumes.map(({ name }) => name)).toEqual(['spill', 'tmp']);
    expect(container?.volumeMounts.map(({ name }) => name)).toEqual(['spill', 'tmp']);
    // The template does: what is taken out is there.
    expect(template.spec.template.spec.volumes.map(({ name }) => name)).toEqual(['work-units', 'spill', 'tmp']);
  });

  it('replaces lost pods a few times, and gives up at once on pods that say their input is wrong', () => {
    expect(job.spec).toMatchObject({ completions: 4, parallelism: 4, completionMode: 'Indexed', backoffLimitPerIndex: 3, podReplacementPolicy: 'Failed' });
    expect(job.spec.podFailurePolicy.rules).toEqual([
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { containerName: container?.name, operator: 'In', values: [WORKER_EXIT.badInput] } },
    ]);
  });

  it.each(['activeDeadlineSeconds', 'maxFailedIndexes', 'ttlSecondsAfterFinished', 'suspend'])('has no %s, which is for the Job of a query', (field) => {
    expect(job.spec).not.toHaveProperty(field);
  });

  it('is found by its run and its session, pods included, and goes with the coordinator', () => {
    for (const { labels } of [job.metadata, job.spec.template.metadata]) {
      expect([fits(labels, runLabelSelector(RUN.runId)), fits(labels, sessionLabelSelector(RUN.runId, RUN.sessionId)), fits(labels, sessionLabelSelector(RUN.runId, 'other'))]).toEqual([true, true, false]);
    }
    expect(job.metadata).toMatchObject({ annotations: { [WARM_GENERATION_KEY]: '1' }, ownerReferences: [OWNER] });
    expect(warmWorkerJob(template, { ...RUN, owner: undefined } as unknown as WarmWorkerRun).metadata).not.toHaveProperty('ownerReferences');
  });

  it('runs another image when told to', () => {
    expect(warmWorkerJob(template, { ...RUN, image: 'registry.example/other@sha256:0' }).spec.template.spec.containers[0]?.image).toBe('registry.example/other@sha256:0');
  });
});
