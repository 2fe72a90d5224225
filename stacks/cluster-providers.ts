import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { Fn } from 'cdktf';
import { type Construct } from 'constructs';
import { type IBenchCluster } from '../constructs/index.js';

/**
 * A token is asked for at each connection: one that is read at plan lasts 15 minutes, less than the node groups
 * and charts of a deploy take. It needs the aws command on the PATH, which `flowbench doctor` looks for.
 */
function connectionTo(cluster: IBenchCluster, region: string) {
  return {
    host: cluster.endpoint,
    clusterCaCertificate: Fn.base64decode(cluster.certificateAuthority),
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'aws',
      args: ['eks', 'get-token', '--cluster-name', cluster.clusterName, '--region', region],
    },
  };
}

/** The binding of this provider takes a list of exec blocks. */
export function kubernetesProvider(scope: Construct, cluster: IBenchCluster, region: string): KubernetesProvider {
  const { exec, ...connection } = connectionTo(cluster, region);
  return new KubernetesProvider(scope, 'Kubernetes', { ...connection, exec: [exec] });
}

/** The binding of this provider takes one exec object. */
export function helmProvider(scope: Construct, cluster: IBenchCluster, region: string): HelmProvider {
  return new HelmProvider(scope, 'Helm', { kubernetes: connectionTo(cluster, region) });
}
