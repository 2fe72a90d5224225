import { manifestsOf } from './kubernetes-manifests.js';
import { type Manifest, manifestProblems } from './kubernetes-schema.js';
import { brokenRules, type CheckedPodSpec, RESTRICTED_RULES } from './pod-security.js';

const stackWith = (type: string, attributes: Readonly<Record<string, unknown>>) => ({ resource: { [type]: { x: attributes } } });
const one = (type: string, attributes: Readonly<Record<string, unknown>>): Manifest => {
  const [found] = manifestsOf(stackWith(type, attributes));
  if (found === undefined) throw new Error('no manifest');
  return found.manifest;
};

describe('resources of Terraform turned into manifests', () => {
  it('take the API\'s names, plurals, acronyms and types', () => {
    expect(one('kubernetes_service_v1', {
      metadata: { name: 'web' },
      spec: { cluster_ip: 'None', external_ips: ['192.0.2.1'], port: [{ port: '80', target_port: '8080' }], selector: { 'a_b': 'c_d' } },
      depends_on: ['kubernetes_namespace_v1.x'],
      wait_for_load_balancer: false,
    })).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { clusterIP: 'None', externalIPs: ['192.0.2.1'], ports: [{ port: 80, targetPort: 8080 }], selector: { 'a_b': 'c_d' } },
    });
  });

  it('put a text where Terraform alone knows the value', () => {
    expect(one('kubernetes_service_account_v1', { metadata: { name: 'a', labels: { created: '${formatdate("YYYY", time_static.t.rfc3339)}' }, annotations: { role: '${aws_iam_role.r.arn}' } } }))
      .toMatchObject({ metadata: { labels: { created: '1' }, annotations: { role: '1' } } });
  });

  it('take a block written as a list of one', () => {
    expect(one('kubernetes_role_binding_v1', { metadata: [{ name: 'a' }], role_ref: [{ name: 'r', kind: 'Role' }], subject: [{ kind: 'ServiceAccount', name: 's' }] }))
      .toMatchObject({ metadata: { name: 'a' }, roleRef: { name: 'r' }, subjects: [{ name: 's' }] });
  });

  it('leave what is not Kubernetes alone', () => {
    expect(manifestsOf(stackWith('aws_vpc', { cidr_block: '10.0.0.0/16' }))).toEqual([]);
  });

  it.each([
    ['an attribute that leads to no field', 'kubernetes_config_map_v1', { metadata: { name: 'a' }, dta: {} }, /kubernetes_config_map_v1\.x\.dta: V1ConfigMap has no such field/],
    ['one deep inside', 'kubernetes_cron_job_v1', { spec: { job_template: { spec: { template: { spec: { contaner: [] } } } } } }, /template\.spec\.contaner: V1PodSpec has no such field/],
    ['a kind that nobody knows', 'kubernetes_manifest', { manifest: {} }, /no API version is known for kind Manifest/],
  ])('name %s', (_what, type, attributes, sentence) => {
    expect(() => manifestsOf(stackWith(type, attributes))).toThrow(sentence);
  });
});

const POD: CheckedPodSpec & Readonly<Record<string, unknown>> = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [{ name: 'a', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
};
const JOB: Manifest = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a' }, spec: { template: { spec: { ...POD, restartPolicy: 'Never' } } } };
const jobWith = (spec: Readonly<Record<string, unknown>>): Manifest => ({ ...JOB, spec: { ...(JOB.spec as object), ...spec } });

describe('strict validation', () => {
  it('takes a valid Job', () => {
    expect(manifestProblems(JOB)).toEqual([]);
  });

  it.each<[string, Manifest, RegExp]>([
    ['an unknown field', jobWith({ completionsMode: 'Indexed' }), /Job\.spec\.completionsMode is no field of V1JobSpec/],
    ['an unknown field in a list', jobWith({ podFailurePolicy: { rules: [{ action: 'Ignore', onExitCode: {} }] } }), /rules\.0\.onExitCode is no field/],
    ['a wrong type', jobWith({ completions: 'four' }), /completions must be integer/],
    ['a missing field', jobWith({ template: { spec: {} } }), /containers/],
    ['an invalid name', { ...JOB, metadata: { name: 'No_Name' } }, /no valid name/],
    ['an invalid label', { ...JOB, metadata: { name: 'a', labels: { owner: 'someone@example.org' } } }, /label owner has the value/],
  ])('refuses %s', (_what, manifest, sentence) => {
    expect(manifestProblems(manifest).join('\n')).toMatch(sentence);
  });
});

describe('the rules of restricted pods', () => {
  const container = (context: Readonly<Record<string, unknown>>): CheckedPodSpec => ({ ...POD, containers: [{ name: 'a', securityContext: { ...POD.containers[0]?.securityContext, ...context } }] });
  const violations: Readonly<Record<keyof typeof RESTRICTED_RULES, CheckedPodSpec>> = {
    'host namespaces are not shared': { ...POD, hostNetwork: true },
    'no container is privileged': container({ privileged: true }),
    'privileges cannot be gained': container({ allowPrivilegeEscalation: true }),
    'all capabilities are dropped': container({ capabilities: { drop: ['NET_RAW'] } }),
    'only NET_BIND_SERVICE is added': container({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    'not root': { ...POD, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    'no user 0': container({ runAsUser: 0 }),
    'system calls are filtered': { ...POD, securityContext: { runAsNonRoot: true } },
    'proc is masked': container({ procMount: 'Unmasked' }),
    'no port of the host': { ...POD, containers: POD.containers.map((each) => ({ ...each, ports: [{ hostPort: 80 }] })) },
    'only volumes without a host': { ...POD, volumes: [{ name: 'v', hostPath: { path: '/' } }] },
    'no kernel settings': { ...POD, securityContext: { ...POD.securityContext, sysctls: [{}] } },
  };

  it('are all kept by a pod that keeps them', () => {
    expect(brokenRules(POD)).toEqual([]);
  });

  it.each(Object.keys(RESTRICTED_RULES))('notice a violation of "%s", and it alone', (rule) => {
    expect(brokenRules(violations[rule] ?? POD)).toEqual([rule]);
  });

  it('look at init containers too', () => {
    expect(brokenRules({ ...POD, initContainers: [{ name: 'i' }] })).toEqual(['privileges cannot be gained', 'all capabilities are dropped']);
  });
});
