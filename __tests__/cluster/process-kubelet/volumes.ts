import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type KubeHttp } from '../harness/kube-http.js';
import { type ConfigMap, type Pod, type Volume, type VolumeProjection } from '../harness/kube-types.js';
import { fieldOf } from './downward.js';

interface KeyToPath {
  readonly key: string;
  readonly path: string;
}

/** Path inside a volume → content. */
type Files = ReadonlyMap<string, string | Buffer>;

/** Makes the pod's volumes as folders. Rejects while something they are made of is not there. */
export async function makeVolumes(pod: Pod, folder: string, api: KubeHttp): Promise<ReadonlyMap<string, string>> {
  const owner = pod.spec?.securityContext?.fsGroup ?? 0;
  const found = new Map<string, string>();
  for (const volume of pod.spec?.volumes ?? []) {
    const place = join(folder, volume.name);
    mkdirSync(place, { recursive: true });
    if (volume.emptyDir === undefined) writeFiles(place, await filesOf(pod, volume, api), owner);
    else chownSync(place, owner, owner);
    found.set(volume.name, place);
  }
  return found;
}

function writeFiles(place: string, files: Files, owner: number): void {
  for (const [name, content] of files) {
    const file = join(place, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o640 });
    chownSync(file, 0, owner);
  }
}

async function filesOf(pod: Pod, volume: Volume, api: KubeHttp): Promise<Files> {
  if (volume.configMap !== undefined) return configMapFiles(pod, volume.configMap, api);
  if (volume.downwardAPI !== undefined) return downwardFiles(pod, volume.downwardAPI.items ?? []);
  if (volume.projected !== undefined) {
    const parts = await Promise.all((volume.projected.sources ?? []).map((source) => projectedFiles(pod, source, api)));
    return new Map(parts.flatMap((part) => [...part]));
  }
  throw new Error(`this kubelet does not know the kind of volume ${volume.name}`);
}

async function projectedFiles(pod: Pod, source: VolumeProjection, api: KubeHttp): Promise<Files> {
  if (source.serviceAccountToken !== undefined) return tokenFiles(pod, source.serviceAccountToken, api);
  if (source.configMap !== undefined) return configMapFiles(pod, source.configMap, api);
  return downwardFiles(pod, source.downwardAPI?.items ?? []);
}

async function configMapFiles(pod: Pod, source: NonNullable<VolumeProjection['configMap']>, api: KubeHttp): Promise<Files> {
  const namespace = pod.metadata?.namespace ?? '';
  const configMap = await api.find<ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps/${source.name ?? ''}`);
  if (configMap === null) {
    if (source.optional === true) return new Map();
    throw new Error(`MountVolume.SetUp failed: configmap "${source.name ?? ''}" not found`);
  }
  const contents = new Map<string, string | Buffer>([
    ...Object.entries(configMap.data ?? {}),
    ...Object.entries(configMap.binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ]);
  return source.items === undefined ? contents : picked(contents, source.items);
}

function picked(contents: Files, items: readonly KeyToPath[]): Files {
  return new Map(items.map(({ key, path }) => {
    const content = contents.get(key);
    if (content === undefined) throw new Error(`MountVolume.SetUp failed: references non-existent config key: ${key}`);
    return [path, content];
  }));
}

function downwardFiles(pod: Pod, items: readonly { readonly path: string; readonly fieldRef?: { readonly fieldPath: string } }[]): Files {
  return new Map(items.map(({ path, fieldRef }) => [path, fieldOf(pod, fieldRef?.fieldPath ?? '')]));
}

/** A token that ends with the pod, as the real kubelet asks for one. */
async function tokenFiles(pod: Pod, source: NonNullable<VolumeProjection['serviceAccountToken']>, api: KubeHttp): Promise<Files> {
  const { namespace = '', name, uid } = pod.metadata ?? {};
  const spec = {
    expirationSeconds: source.expirationSeconds,
    ...(source.audience === undefined ? {} : { audiences: [source.audience] }),
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
  };
  const made = await api.ok<{ status: { token: string } }>('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec?.serviceAccountName ?? 'default'}/token`, { body: { spec } });
  return new Map([[source.path, made.status.token]]);
}
