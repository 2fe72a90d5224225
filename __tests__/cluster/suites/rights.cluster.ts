import { START_TIMEOUT_MS } from '../harness/fixture.js';
import { type KubeHttp } from '../harness/kube-http.js';
import { Phase } from '../harness/phase.js';

jest.setTimeout(240_000);

/** The flow under the Role is in the other suites, which have no other; here is what the Role keeps from it. */
describe("the coordinator's account", () => {
  let phase: Phase;
  let coordinator: KubeHttp;

  beforeAll(async () => {
    phase = await Phase.deploy('rights');
    const path = `/api/v1/namespaces/${phase.namespace}/serviceaccounts/coordinator/token`;
    const { status } = await phase.cluster.api.ok<{ status: { token: string } }>('POST', path, { body: { spec: { expirationSeconds: 600 } } });
    coordinator = phase.cluster.api.as(status.token);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    coordinator.close();
    await phase.cluster.stop();
  });

  test('reads the pods of its namespace', async () => {
    expect((await coordinator.call('GET', `/api/v1/namespaces/${phase.namespace}/pods`)).status).toBe(200);
  });

  const forbidden: readonly (readonly [string, 'GET' | 'POST' | 'DELETE', (namespace: string) => string])[] = [
    ['read secrets', 'GET', (namespace) => `/api/v1/namespaces/${namespace}/secrets`],
    ['read pods of other namespaces', 'GET', () => '/api/v1/namespaces/kube-system/pods'],
    ['read pods of all namespaces', 'GET', () => '/api/v1/pods'],
    ['read nodes', 'GET', () => '/api/v1/nodes'],
    ['make pods', 'POST', (namespace) => `/api/v1/namespaces/${namespace}/pods`],
    ['run commands in pods', 'POST', (namespace) => `/api/v1/namespaces/${namespace}/pods/x/exec`],
    ['change its own rights', 'GET', (namespace) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`],
    ['delete a lease', 'DELETE', (namespace) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/x`],
    ['make Jobs elsewhere', 'POST', () => '/apis/batch/v1/namespaces/default/jobs'],
  ];

  test.each(forbidden)('may not %s', async (_what, method, path) => {
    const { status, body } = await coordinator.call<{ reason?: string }>(method, path(phase.namespace), method === 'POST' ? { body: {} } : {});
    expect([status, body.reason]).toEqual([403, 'Forbidden']);
  });

  test('may do it in no other way: workers have no token at all', async () => {
    const template = await phase.cluster.api.ok<{ data: Record<string, string> }>('GET', `/api/v1/namespaces/${phase.namespace}/configmaps/flow-worker-job-template`);
    const job = JSON.parse(template.data['job.json'] ?? '') as { spec: { template: { spec: { automountServiceAccountToken?: boolean } } } };
    expect(job.spec.template.spec.automountServiceAccountToken).toBe(false);
  });

  test.each([['create', 'jobs'], ['watch', 'pods'], ['create', 'leases'], ['get', 'configmaps']])('needs "%s" on %s, and says so when it lacks it', async (verb, resource) => {
    const { isComplete, said } = await phase.withoutVerb(verb, resource, async () => {
      const runId = await phase.detached('--queries', 'Q6', '--workers', '1', '--executor', 'job', '--runs', '2');
      const { log, ...end } = await phase.ended(runId);
      // It says so where it ends by it, and in a row where only the cell does.
      return { ...end, said: [log, ...phase.rows(runId).map(({ error }) => error)].join('\n') };
    });
    expect(isComplete).toBe(false);
    expect(said).toContain(`the verb "${verb}" on "${resource}"`);
  });
});
