import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { sparkOperatorModule } from '../../fixtures/spark-operator-module.js';
import { type KubeHttp } from '../harness/kube-http.js';
import { eventually } from '../harness/objects.js';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string }; readonly versions: readonly { readonly name: string }[] };
}

/** The kind SparkApplication as the operator's own release defines it. */
export async function installSparkApplications(api: KubeHttp): Promise<void> {
  await install(api, await operatorsOwn('sparkapplications'));
}

/** Every kind that the operator watches: it does not start without one of them. */
export async function installSparkKinds(api: KubeHttp): Promise<void> {
  for (const plural of ['sparkapplications', 'scheduledsparkapplications', 'sparkconnects']) await install(api, await operatorsOwn(plural));
}

async function operatorsOwn(plural: string): Promise<Definition> {
  return parse(readFileSync(join(await sparkOperatorModule(), 'config', 'crd', 'bases', `sparkoperator.k8s.io_${plural}.yaml`), 'utf8')) as Definition;
}

/**
 * The kinds RayJob and RayCluster, made up: KubeRay's own definitions cannot be had here. They take any field, so
 * that nothing is proven by them about a field's name; the stand-in operator is strict about those that are used.
 */
export async function installRayKinds(api: KubeHttp): Promise<void> {
  await install(api, permissive('RayJob', 'rayjobs'));
  await install(api, permissive('RayCluster', 'rayclusters'));
}

function permissive(kind: string, plural: string): Definition {
  const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: any, status: any } } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.ray.io` },
    spec: {
      group: 'ray.io', scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
  return definition;
}

/** Several suites share a cluster: whoever comes second finds it there. */
async function install(api: KubeHttp, definition: Definition): Promise<void> {
  const { status, body } = await api.call('POST', CRDS, { body: definition });
  if (status >= 300 && status !== 409) throw new Error(`the definition of ${definition.metadata.name} was refused: ${JSON.stringify(body).slice(0, 500)}`);
  const { group, names, versions } = definition.spec;
  await eventually(`the kind ${definition.metadata.name}`, async () => (await api.call('GET', `/apis/${group}/${versions[0]?.name ?? ''}/namespaces/default/${names.plural}`)).status === 200);
}
