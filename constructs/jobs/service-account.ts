import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1';
import { type Construct } from 'constructs';
import { type WorkloadIdentity } from '../identity/workload-identity.js';
import { type BenchNamespace } from './bench-namespace.js';

/** The service account that pods take an identity by. A pod that needs the Kubernetes API says so itself. */
export function serviceAccountOf(scope: Construct, id: string, namespace: BenchNamespace, identity: WorkloadIdentity): ServiceAccountV1 {
  return new ServiceAccountV1(scope, id, {
    metadata: { name: identity.serviceAccountName, namespace: namespace.name, annotations: { ...identity.annotations } },
    automountServiceAccountToken: false,
    dependsOn: [...namespace.ready, ...identity.rights],
  });
}
