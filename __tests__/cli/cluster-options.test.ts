import { clusterArguments } from '../../workloads/cli/kubernetes/target.js';
import { MEMORY_SHARE, parseClusterOptions } from '../../workloads/cli/kubernetes/cluster-options.js';
import { argumentsOf } from '../../workloads/cli/kubernetes/launch.js';
import { imageDigests, parseImages } from '../../workloads/cli/kubernetes/own-images.js';
import { isInCoordinatorPod, podFacts } from '../../workloads/cli/kubernetes/pod-facts.js';
import { bytesOf, cpusOf } from '../../workloads/cli/kubernetes/quantity.js';
import type { RawOptions } from '../../workloads/campaign/parse-options.js';
import { phaseFacts } from '../../workloads/kubernetes/runs/phase-facts.js';
import { ENVIRONMENT, workerTemplate } from '../kubernetes/deployed-phase.js';

const DIGEST = `sha256:${'b'.repeat(64)}`;

function parse(raw: RawOptions, env: Record<string, string> = {}) {
  return parseClusterOptions(raw, { facts: phaseFacts({ ...ENVIRONMENT, ...env }), template: workerTemplate() });
}

describe('options of a campaign on a cluster', () => {
  test('what is not given is taken from what is deployed', () => {
    const { options, problems } = parse({});
    expect(problems).toEqual([]);
    expect(options).toMatchObject({
      datasetUri: 's3://data/tpch/sf10', outDir: 's3://results/runs', engines: ['flow'], executors: ['job', 'warm-job'], workers: [1, 2, 4], threadsPerWorker: 4, price: 'm5.xlarge',
    });
    // m5.xlarge: 13 906 MiB for a worker's pod.
    expect(options.memoryPerWorkerBytes).toBe(Math.floor(13_906 * MEMORY_SHARE) * 2 ** 20);
  });

  test('a smaller cluster has fewer numbers of workers', () => {
    expect(parse({}, { FLOWBENCH_WORKERS: '3' }).options.workers).toEqual([1, 2]);
    expect(parse({}, { FLOWBENCH_WORKERS: '1' }).options.workers).toEqual([1]);
  });

  test('more workers than nodes are refused, with both numbers', () => {
    const { problems } = parse({ workers: '2,8' });
    expect(problems).toEqual([expect.stringMatching(/--workers 8 is more than the 4 worker nodes \(m5\.xlarge\)/)]);
  });

  test('a type of node that has no price and no known cores is taken by what its pods ask for', () => {
    const { options, problems } = parse({}, { FLOWBENCH_NODE_TYPE: 'x9.mega' });
    expect(problems).toEqual([]);
    expect(options).toMatchObject({ threadsPerWorker: 4, price: null });
  });

  test('a configured dataset may be named by its prefix', () => {
    expect(parse({ dataset: 'tpch/sf1' }).options.datasetUri).toBe('s3://data/tpch/sf1');
    expect(parse({ dataset: 's3://mine/x' }).options.datasetUri).toBe('s3://mine/x');
  });

  test('everything that a cluster cannot do is told at once', () => {
    const { problems } = parse({ dataset: './here', engines: 'duckdb', executor: 'warm', queries: 'Q99', duckdbThreads: '4', out: 'runs', workers: '5' });
    expect(problems).toHaveLength(7);
    for (const flag of ['--dataset', '--engines', '--executor', '--queries', '--duckdb-threads', '--out', '--workers']) expect(problems.join('\n')).toContain(flag);
  });

  test('a preset keeps its queries and leaves out engines that do not run there', () => {
    const { options, problems } = parse({ preset: 'alpha' });
    expect(problems).toEqual([]);
    expect(options).toMatchObject({ engines: ['flow'], queries: ['Q1', 'Q14', 'Q22'], workers: [1, 2, 4] });
  });

  test('a phase without datasets has to be told one', () => {
    expect(parse({}, { FLOWBENCH_DATASETS: '' }).problems).toEqual([expect.stringContaining('No dataset is given')]);
  });
});

test('options are handed to the coordinator as they were given', () => {
  expect(argumentsOf({ queries: 'Q1,Q6', threadsPerWorker: '2', runs: '3' })).toEqual(['--queries', 'Q1,Q6', '--threads-per-worker', '2', '--runs', '3']);
});

test('the cluster that a command named is named in the commands it suggests', () => {
  expect(clusterArguments({})).toBe('');
  expect(clusterArguments({ context: 'prod', namespace: 'ours' })).toBe(' --context prod --namespace ours');
});

describe('images', () => {
  test('are chosen by name and digest', () => {
    expect(parseImages([`flow-worker=r/w@${DIGEST}`, `coordinator=r/c@${DIGEST}`])).toEqual({ 'flow-worker': `r/w@${DIGEST}`, coordinator: `r/c@${DIGEST}` });
  });

  test('without a name, or by tag, are refused, all at once', () => {
    expect(() => parseImages([`r/w@${DIGEST}`, 'flow-worker=r/w:1'])).toThrow(/2 problems[^]*does not say which image[^]*not by digest/);
  });

  test('are recorded by digest, those replaced as replaced', () => {
    const own = { spec: { selector: {}, template: { spec: { containers: [{ name: 'coordinator', image: `r/c@${DIGEST}` }] } } } };
    expect(imageDigests({ facts: phaseFacts(ENVIRONMENT), template: workerTemplate() }, own as never, {})).toEqual({ 'flow-worker': `sha256:${'a'.repeat(64)}`, coordinator: DIGEST });
    expect(imageDigests({ facts: phaseFacts(ENVIRONMENT), template: workerTemplate() }, null, { 'flow-worker': `r/w@${DIGEST}` })).toEqual({ 'flow-worker': DIGEST });
  });
});

describe('the coordinator\'s own pod', () => {
  const pod = { FLOWBENCH_JOB_UID: 'job-1', FLOWBENCH_JOB_NAME: 'coordinator-a', FLOWBENCH_NAMESPACE: 'flowbench-alpha', FLOWBENCH_POD_NAME: 'coordinator-a-x', FLOWBENCH_POD_UID: 'pod-1' };

  test('is told from a laptop by what Kubernetes puts into it', () => {
    expect(isInCoordinatorPod(pod)).toBe(true);
    expect(isInCoordinatorPod({})).toBe(false);
  });

  test('is found by its workers under the Service, and listens to all of them', () => {
    expect(podFacts(pod)).toMatchObject({ warmUrl: 'http://coordinator.flowbench-alpha.svc:8470', warmPort: 8470, warmHost: '0.0.0.0', owner: { name: 'coordinator-a', uid: 'job-1' } });
  });

  test('listens on loopback only where its workers are on the same machine', () => {
    expect(podFacts({ ...pod, FLOWBENCH_WARM_URL: 'http://127.0.0.1:9000', FLOWBENCH_WARM_PORT: '9000' })).toMatchObject({ warmHost: '127.0.0.1', warmPort: 9000 });
  });

  test('says everything that it was not told', () => {
    expect(() => podFacts({ FLOWBENCH_JOB_UID: 'job-1', FLOWBENCH_WARM_PORT: 'x' })).toThrow(/FLOWBENCH_NAMESPACE is not set[^]*FLOWBENCH_POD_UID is not set[^]*FLOWBENCH_WARM_PORT is "x"/);
  });
});

test.each([['13906Mi', 13_906 * 2 ** 20], ['2Gi', 2 ** 31], ['1000', 1_000], ['5M', 5e6], ['', null], ['1.5Gi', null], ['0', null]])('memory %s is %s bytes', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});

test.each([['3700m', 3.7], ['4', 4], ['', null], ['4x', null]])('processors %s are %s', (text, cpus) => {
  expect(cpusOf(text)).toBe(cpus);
});
