import { WorkloadIdentity } from '../../constructs/identity/workload-identity.js';
import { CLUSTER, ISSUER, stackOf } from '../jobs/support.js';

const props = { cluster: CLUSTER, namespace: 'flowbench', serviceAccountName: 'flow-worker', roleName: 'bench-worker', description: 'Workers' };

interface Trust {
  readonly Statement: readonly { readonly Principal: unknown; readonly Action: unknown; readonly Condition: Readonly<Record<string, unknown>> }[];
}

function trustOf(overrides: Partial<typeof props> = {}): Trust {
  const stack = stackOf((scope) => new WorkloadIdentity(scope, 'Identity', { ...props, ...overrides }));
  return JSON.parse(stack.only('aws_iam_role').assume_role_policy as string) as Trust;
}

describe('an identity of pods', () => {
  it('is taken by one service account of one namespace, with a token made out to AWS, and by nobody else', () => {
    expect(trustOf().Statement).toEqual([{
      Effect: 'Allow',
      Principal: { Federated: CLUSTER.oidcProviderArn },
      Action: ['sts:AssumeRoleWithWebIdentity'],
      Condition: { StringEquals: { [`${ISSUER}:sub`]: 'system:serviceaccount:flowbench:flow-worker', [`${ISSUER}:aud`]: 'sts.amazonaws.com' } },
    }]);
  });

  it('has no policy until something is granted, then exactly that', () => {
    expect(stackOf((scope) => new WorkloadIdentity(scope, 'Identity', props)).resources('aws_iam_role_policy')).toEqual({});
    const granted = stackOf((scope) => {
      new WorkloadIdentity(scope, 'Identity', props).addToPolicy({ sid: 'Read', actions: ['s3:GetObject'], resources: ['arn:aws:s3:::data/*'] });
    });
    expect(JSON.parse(granted.only('aws_iam_role_policy').policy as string)).toEqual({
      Version: '2012-10-17',
      Statement: [{ Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::data/*'] }],
    });
  });

  it('annotates the service account with the role', () => {
    stackOf((scope) => {
      const identity = new WorkloadIdentity(scope, 'Identity', props);
      expect(identity.annotations).toEqual({ 'eks.amazonaws.com/role-arn': identity.roleArn });
    });
  });

  it.each([
    { serviceAccountName: '*' },
    { namespace: '*' },
    { namespace: 'default:other' },
    { serviceAccountName: '' },
  ])('refuses %j, which would let others in', (overrides) => {
    expect(() => trustOf(overrides)).toThrow(/test\/Identity: (namespace|serviceAccountName) .* is no name in Kubernetes/);
  });

  it('tells both wrong names at once', () => {
    expect(() => trustOf({ namespace: 'A', serviceAccountName: 'B' })).toThrow(/namespace "A"[\s\S]*serviceAccountName "B"/);
  });
});
