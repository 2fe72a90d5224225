import { type Cluster, DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import { type CustomObjectsApi } from '@kubernetes/client-node';
import { isGone } from '../inventory/lister.js';
import { type WorkloadApi, type WorkloadKind, type WorkloadObject } from './custom-resources.js';

/** The cluster as EKS describes it; undefined when there is none of that name. */
export async function describeCluster(eks: EKSClient, name: string): Promise<Cluster | undefined> {
  try {
    return (await eks.send(new DescribeClusterCommand({ name }))).cluster;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The API of an EKS cluster, with tokens from the AWS command line: the way kubectl itself is set up. */
export async function workloadApi(cluster: Cluster, region: string): Promise<WorkloadApi> {
  const { CustomObjectsApi: Api, KubeConfig, PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const name = cluster.name ?? '';
  config.loadFromOptions({
    clusters: [{ name, server: cluster.endpoint ?? '', ...(cluster.certificateAuthority?.data === undefined ? {} : { caData: cluster.certificateAuthority.data }) }],
    users: [{
      name,
      exec: { apiVersion: 'client.authentication.k8s.io/v1beta1', command: 'aws', args: ['eks', 'get-token', '--cluster-name', name, '--region', region], interactiveMode: 'Never' },
    }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  return apiOf(config.makeApiClient(Api), setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
}

type PatchOptions = Parameters<CustomObjectsApi['patchNamespacedCustomObject']>[1];

function apiOf(api: CustomObjectsApi, asMergePatch: PatchOptions): WorkloadApi {
  const path = ({ group, version, plural }: WorkloadKind, { namespace, name }: WorkloadObject) => ({ group, version, plural, namespace, name });
  return {
    list: async ({ group, version, plural }, namespace) => {
      const listed = await unlessUnknown(() => api.listNamespacedCustomObject({ group, version, plural, namespace }) as Promise<ObjectList>);
      return (listed?.items ?? []).map(({ metadata }) => ({ namespace, name: metadata.name }));
    },
    remove: async (kind, object) => {
      await unlessUnknown(() => api.deleteNamespacedCustomObject({ ...path(kind, object), propagationPolicy: 'Background' }));
    },
    release: async (kind, object) => {
      await unlessUnknown(() => api.patchNamespacedCustomObject({ ...path(kind, object), body: { metadata: { finalizers: null } } }, asMergePatch));
    },
  };
}

interface ObjectList {
  readonly items?: readonly { readonly metadata: { readonly name: string } }[];
}

/** A cluster without the operator does not know its kinds: 404, as for what is gone. */
async function unlessUnknown<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 404) return undefined;
    throw error;
  }
}
