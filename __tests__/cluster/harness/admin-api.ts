import { readFileSync } from 'node:fs';
import { HttpClusterApi } from '../../../workloads/kubernetes/api/http-cluster-api.js';
import { type TestCluster } from './test-cluster.js';

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly 'certificate-authority': string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** The API as whoever deploys a phase has it: every right. */
export function adminApi(cluster: TestCluster, namespace: string): HttpClusterApi {
  const { clusters, users } = JSON.parse(readFileSync(cluster.facts.kubeconfig, 'utf8')) as Kubeconfig;
  return apiWithToken(cluster, namespace, users[0].user.token, clusters[0].cluster['certificate-authority']);
}

function apiWithToken(cluster: TestCluster, namespace: string, token: string, authorityFile: string): HttpClusterApi {
  const authorization = { headers: { authorization: `Bearer ${token}` }, tls: { ca: readFileSync(authorityFile, 'utf8') } };
  return new HttpClusterApi({ server: cluster.facts.server, authorize: () => Promise.resolve(authorization), renew: () => Promise.resolve() }, namespace);
}
