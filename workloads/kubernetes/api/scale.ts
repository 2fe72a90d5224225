import type { ApiCaller } from './caller.js';
import { refusalOf, type CallName } from './failures.js';
import { apiJson, parseApiJson } from './json.js';

/** A Deployment, and its path in the API. */
export interface ScaledDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

/** By its scale alone: whoever scales has no right to change anything else of it. Null where it is gone. */
export async function scaleDeployment(caller: ApiCaller, { namespace, name, path }: ScaledDeployment, replicas: number): Promise<number | null> {
  const call: CallName = { verb: 'patch', resource: 'deployments/scale', namespace, name };
  const body = apiJson({ spec: { replicas } });
  const answer = await caller.call(call, { method: 'PATCH', path: `${path}/scale`, body, contentType: 'application/merge-patch+json' });
  if (answer.status === 404) return null;
  if (answer.status >= 300) throw refusalOf(call, answer);
  return (parseApiJson(answer.body) as { readonly spec?: { readonly replicas?: number } }).spec?.replicas ?? 0;
}
