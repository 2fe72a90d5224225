import type { FlowbenchError } from '../../../workloads/model/errors.js';
import { HttpClusterApi } from '../../../workloads/kubernetes/api/http-cluster-api.js';
import type { Job } from '../../../workloads/model/job-manifest-types.js';
import { FakeApiServer } from './fake-api-server.js';

const JOBS = '/apis/batch/v1/namespaces/bench/jobs';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/bench/leases';
const JOB = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'bench', annotations: { mine: 'yes' } }, spec: {} } as unknown as Job;
const RETRY = { budgetMs: 400, firstDelayMs: 5, maxDelayMs: 20 };

let server: FakeApiServer;
let api: HttpClusterApi;
beforeEach(async () => {
  server = new FakeApiServer();
  await server.start();
  api = new HttpClusterApi(server.connection, 'bench', RETRY);
});
afterEach(() => server.stop());

const failure = async (call: Promise<unknown>): Promise<FlowbenchError> => call.then(() => { throw new Error('did not fail'); }, (error: unknown) => error as FlowbenchError);

describe('a call', () => {
  it('is repeated while that may mend it, and counted each time', async () => {
    server.put(JOBS, 'j');
    server.plan(/^GET .*jobs\/j/, { status: 500, message: 'etcdserver: leader changed' }, { status: 503 }, 'cut', { status: 429, headers: { 'retry-after': '0' } });
    expect((await api.getJob('j'))?.metadata?.name).toBe('j');
    expect(Object.fromEntries(api.calls)).toEqual({ 'get jobs': 5 });
  });

  it('waits as long as a busy server asks for', async () => {
    server.plan(/^GET/, { status: 429, headers: { 'retry-after': '0.2' } });
    const startedAt = performance.now();
    await api.getJob('j');
    expect(performance.now() - startedAt).toBeGreaterThan(195);
  });

  it('gives up when its time is over, and says what was wrong last', async () => {
    server.plan(/^GET/, ...Array.from({ length: 200 }, () => ({ status: 503, message: 'apiserver is shutting down' })));
    expect(await failure(api.getJob('j'))).toMatchObject({ code: 'infrastructure', retryable: true, message: expect.stringMatching(/could not get jobs "j" in namespace bench; tried for .*HTTP 503, apiserver is shutting down/) as string });
  });

  it('finds a server again that was gone for a while', async () => {
    server.put(JOBS, 'j');
    await api.getJob('j');
    await server.stop();
    const asked = api.getJob('j');
    setTimeout(() => { void server.start(); }, 100);
    expect((await asked)?.metadata?.name).toBe('j');
  });

  it('says that nobody is there when nobody comes back', async () => {
    await server.stop();
    expect(await failure(api.getJob('j'))).toMatchObject({ code: 'infrastructure', message: expect.stringMatching(/ECONNREFUSED/) as string });
    await server.start();
  });

  it('does not repeat what no repetition mends', async () => {
    server.plan(/^GET/, { status: 418, message: 'no' });
    expect((await failure(api.getJob('j'))).message).toContain('refused to get jobs "j" in namespace bench: no.');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['what is missing in the Role', { status: 403, message: 'jobs.batch is forbidden: User "system:serviceaccount:bench:coordinator" cannot list resource "jobs" in API group "batch" in the namespace "bench"' }, 'configuration', /forbidden: User .* Give service account coordinator the verb "list" on "jobs" in namespace bench/],
    ['who is not known', { status: 401, message: 'Unauthorized' }, 'configuration', /Unauthorized.* renew the credentials/],
    ['a manifest that is wrong', { status: 422, message: 'Job.batch "j" is invalid: spec.completions: Required value' }, 'configuration', /does not take .*spec.completions: Required value/],
  ])('tells %s', async (_what, answer, code, sentence) => {
    server.plan(/^GET/, answer, answer);
    const error = await failure(api.listJobs('a=b'));
    expect([error.code, error.sentence]).toEqual([code, expect.stringMatching(sentence)]);
  });

  it('tells a quota from a right that is missing, and a namespace from an object that is missing', async () => {
    server.plan(/^POST/, { status: 403, message: 'pods "x" is forbidden: exceeded quota: small' });
    expect((await failure(api.createJob(JOB))).code).toBe('infrastructure');
    server.plan(/^POST/, { status: 404, message: 'namespaces "bench" not found' });
    expect((await failure(api.createJob(JOB))).sentence).toMatch(/The cluster has no namespace bench/);
    expect(await api.getJob('none')).toBeNull();
  });

  it('asks once more as a server that has just started knows no rules yet', async () => {
    server.put(JOBS, 'j');
    server.plan(/^GET/, 'cut', { status: 403, message: 'jobs is forbidden: User "x" cannot get' }, { status: 401 });
    expect((await api.getJob('j'))?.metadata?.name).toBe('j');
  });

  it('shows new credentials once after it was not known', async () => {
    let renewed = 0;
    const renewing = new HttpClusterApi({ ...server.connection, renew: () => { renewed += 1; return Promise.resolve(); } }, 'bench', RETRY);
    server.put(JOBS, 'j');
    server.plan(/^GET/, { status: 401 });
    expect((await renewing.getJob('j'))?.metadata?.name).toBe('j');
    server.plan(/^GET/, { status: 401 }, { status: 401 });
    expect((await failure(renewing.getJob('j'))).code).toBe('configuration');
    expect(renewed).toBe(2);
  });
});

describe('what is made', () => {
  it('keeps its annotations, and is told from what was there', async () => {
    expect(await api.createJob(JOB)).toMatchObject({ kind: 'created', job: { metadata: { name: 'j', annotations: { mine: 'yes' } } } });
    expect(await api.createJob(JOB)).toEqual({ kind: 'exists' });
  });

  it('is ours when the answer was lost, and made once', async () => {
    server.plan(/^POST/, 'cut-after');
    expect((await api.createJob(JOB)).kind).toBe('created');
    expect(await api.listJobs('')).toHaveLength(1);
  });

  it('is not ours when another made it while the answer was lost', async () => {
    server.put(JOBS, 'j');
    server.plan(/^POST/, 'cut');
    expect((await api.createJob(JOB)).kind).toBe('exists');
  });

  it('is changed by merge patch, and removed with what it owns', async () => {
    server.put(JOBS, 'j');
    await api.patchJob('j', { metadata: { labels: { a: 'b' } } });
    await api.deleteJob('j');
    await api.deleteJob('j');
    expect(server.requests[0]).toMatchObject({ method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } });
    expect(server.requests[1]?.body).toContain('"propagationPolicy":"Background"');
    expect(await api.patchJob('j', {})).toBeNull();
  });
});

describe('a lease', () => {
  const lease = { metadata: { name: 'l', namespace: 'bench' }, spec: { holderIdentity: 'me', renewTime: new Date('2026-11-21T10:00:00.123Z') } };

  it('has its times with six digits on the wire, and as dates here', async () => {
    const made = await api.createLease(lease);
    expect(server.requests[0]?.body).toContain('"renewTime":"2026-11-21T10:00:00.123000Z"');
    expect(made).toMatchObject({ spec: { renewTime: lease.spec.renewTime } });
    expect(await api.createLease(lease)).toBe('conflict');
  });

  it('is changed only as it was read, and known as ours where the answer was lost', async () => {
    const made = await api.createLease(lease);
    if (made === 'conflict') throw new Error('not made');
    server.plan(/^PUT/, 'cut-after');
    const renewed = { ...made, spec: { ...made.spec, renewTime: new Date('2026-11-21T10:00:05.000Z') } };
    expect(await api.updateLease(renewed)).toMatchObject({ spec: { holderIdentity: 'me' } });
    expect(await api.updateLease({ ...made, spec: { ...made.spec, holderIdentity: 'other' } })).toBe('conflict');
    server.plan(/^PUT/, 'cut');
    expect(await api.updateLease({ ...made, spec: { ...made.spec, holderIdentity: 'other' } })).toBe('conflict');
    expect(server.requests.at(-1)?.path).toBe(`${LEASES}/l`);
  });
});

describe('a list', () => {
  it('comes in pages, and begins again when its version was forgotten', async () => {
    for (let index = 0; index < 1_100; index += 1) server.put(JOBS, `j${index}`);
    expect(await api.listJobs('x=y')).toHaveLength(1_100);
    expect(api.calls.get('list jobs')).toBe(3);
    server.plan(/continue=500/, { status: 410, message: 'expired' });
    expect(await api.listJobs('x=y')).toHaveLength(1_100);
    expect(server.requests[0]?.query.get('labelSelector')).toBe('x=y');
  });
});

describe('a log', () => {
  const path = '/api/v1/namespaces/bench/pods/p/log';

  it('is read to its last lines, or is not there', async () => {
    server.plan(/tailLines=5/, { status: 200, body: 'one\ntwo\n' }, { status: 400, message: 'container "w" in pod "p" is waiting to start: ContainerCreating' }, { status: 404 });
    expect(await api.podLog('p', { tailLines: 5 })).toBe('one\ntwo\n');
    expect(await api.podLog('p', { tailLines: 5 })).toBeNull();
    expect(await api.podLog('p', { tailLines: 5 })).toBeNull();
  });

  it('is followed line by line until it ends, and not when it is cut or nobody listens any more', async () => {
    const lines: string[] = [];
    server.plan(/follow=true/, { status: 200, body: 'one\ntwo\n' }, 'cut', { status: 404 });
    const { signal } = new AbortController();
    expect(await api.followLog('p', { signal, sinceSeconds: 0.2 }, (line) => lines.push(line))).toBe(true);
    expect(await api.followLog('p', { signal }, (line) => lines.push(line))).toBe(false);
    expect(await api.followLog('p', { signal }, (line) => lines.push(line))).toBe(false);
    expect(await api.followLog('p', { signal: AbortSignal.abort() }, (line) => lines.push(line))).toBe(false);
    expect(lines).toEqual(['one', 'two']);
    expect(server.requests[0]).toMatchObject({ path });
    expect(server.requests[0]?.query.get('sinceSeconds')).toBe('1');
  });
});
