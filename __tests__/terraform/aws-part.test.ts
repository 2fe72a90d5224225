import { awsPart } from './aws-part.js';

const ENDPOINT = 'http://127.0.0.1:20000';
const REQUIRED = { aws: { source: 'aws', version: '6.25.0' }, time: { source: 'hashicorp/time', version: '0.13.1' }, helm: { source: 'hashicorp/helm', version: '3.1.1' } };
const STACK = {
  terraform: { required_version: '>= 1.5.0', required_providers: REQUIRED, backend: { s3: { bucket: 'state' } } },
  provider: { aws: [{ region: 'us-east-2' }], time: [{}], helm: [{ kubernetes: { host: '${aws_eks_cluster.c.endpoint}' } }] },
  data: { aws_caller_identity: { me: {} }, kubernetes_namespace_v1: { kept: {} } },
  resource: {
    aws_eks_cluster: { c: { name: 'c' } },
    aws_sns_topic: { t: { name: 't', depends_on: ['helm_release.chart', 'aws_eks_cluster.c'] } },
    time_static: { created: {} },
    terraform_data: { check: { lifecycle: { precondition: [{ condition: '${local.holds}', error_message: 'no' }] } } },
    helm_release: { chart: { name: 'chart' } },
    google_bigquery_dataset: { d: {} },
  },
  locals: { holds: '${aws_eks_cluster.c.name != ""}', release: '${helm_release.chart.name}' },
  output: { cluster: { value: '${aws_eks_cluster.c.name}' }, chart: { value: '${helm_release.chart.name}' } },
} as const;

describe('the part of a stack that the emulator can hold', () => {
  const { stack, removed } = awsPart(STACK, ENDPOINT);

  it('has none of the other providers\' resources, data, providers and outputs, and says which', () => {
    expect(removed).toEqual(['data.kubernetes_namespace_v1.kept', 'google_bigquery_dataset.d', 'helm_release.chart']);
    expect(Object.keys(stack.resource as object)).toEqual(['aws_eks_cluster', 'aws_sns_topic', 'time_static', 'terraform_data']);
    expect(stack).toMatchObject({ data: { aws_caller_identity: {} }, locals: { holds: expect.any(String) as string } });
    expect(JSON.stringify(stack)).not.toMatch(/helm|google|kubernetes/);
  });

  it('keeps every other dependency', () => {
    expect(stack).toMatchObject({ resource: { aws_sns_topic: { t: { depends_on: ['aws_eks_cluster.c'] } } } });
  });

  it('asks for the verified provider version, keeps its state beside it, and talks to the emulator alone', () => {
    const { terraform, provider } = stack as { terraform: object; provider: { aws: { region: string; endpoints: Record<string, string>[] }[] } };
    expect(terraform).toEqual({ required_version: '>= 1.5.0', required_providers: { aws: { source: 'aws', version: '5.100.0' }, time: REQUIRED.time } });
    expect(provider.aws[0]).toMatchObject({ region: 'us-east-2', s3_use_path_style: true, skip_credentials_validation: true });
    expect(new Set(Object.values(provider.aws[0]?.endpoints[0] ?? {}))).toEqual(new Set([ENDPOINT]));
  });

  it.each([
    ['a resource', { resource: { ...STACK.resource, aws_iam_role: { r: { name: '${helm_release.chart.name}' } } } }, /aws_iam_role\.r → helm_release\.chart/],
    ['a condition, by way of a local', { resource: { terraform_data: { check: { input: '${local.release}' } }, helm_release: STACK.resource.helm_release } }, /terraform_data\.check → local\.release/],
    ['a check block', { check: { c: { assert: [{ condition: '${data.kubernetes_namespace_v1.kept.id != ""}' }] } } }, /check c → data\.kubernetes_namespace_v1\.kept/],
  ])('is refused when %s that stays refers to what goes', (_what, change, sentence) => {
    expect(() => awsPart({ ...STACK, ...change }, ENDPOINT)).toThrow(sentence);
  });

  it('has no block that became empty', () => {
    const { stack: part } = awsPart({ ...STACK, output: { chart: STACK.output.chart }, data: { kubernetes_namespace_v1: {} } }, ENDPOINT);
    expect(Object.keys(part)).not.toEqual(expect.arrayContaining(['output']));
    expect(Object.keys(part)).not.toEqual(expect.arrayContaining(['data']));
  });

  it('does not take the metadata of a resource for a reference', () => {
    const marked = { ...STACK, resource: { ...STACK.resource, aws_iam_role: { r: { '//': { metadata: { path: 'helm_release.chart' } } } } } };
    expect(() => awsPart(marked, ENDPOINT)).not.toThrow();
  });
});
