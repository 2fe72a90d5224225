import { readFileSync } from 'node:fs';
import { type ClusterApi } from '../../../workloads/kubernetes/api/cluster-api.js';
import { HttpClusterApi } from '../../../workloads/kubernetes/api/http-cluster-api.js';
import { type TestCluster } from './test-cluster.js';

/** The API as a coordinator of this phase has it: by the token of its account, under its Role. */
export async function asCoordinator(cluster: TestCluster, namespace: string): Promise<ClusterApi> {
  const { status } = await cluster.api.ok<{ status: { token: string } }>('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/coordinator/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } },
  });
  const { clusters: [{ cluster: { 'certificate-authority': authority } }] } = JSON.parse(readFileSync(cluster.facts.kubeconfig, 'utf8')) as { clusters: [{ cluster: { 'certificate-authority': string } }] };
  const authorization = { headers: { authorization: `Bearer ${status.token}` }, tls: { ca: readFileSync(authority, 'utf8') } };
  return new HttpClusterApi({ server: cluster.facts.server, authorize: () => Promise.resolve(authorization), renew: () => Promise.resolve() }, namespace);
}
