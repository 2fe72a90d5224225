import { messageOf } from '../../../workloads/model/errors.js';
import { type KubeHttp } from './kube-http.js';
import { type Pod } from './kube-types.js';
import { eventually, type Look, podsPath } from './objects.js';

const LAST_LINES = 30;

/** As {@link eventually}; a wait that was in vain says which pods a namespace had instead, in what state, and what they wrote last. */
export async function eventuallyAmong<T>(api: KubeHttp, namespace: string, what: string, look: Look<T>, timeoutMs: number): Promise<T> {
  try {
    return await eventually(what, look, timeoutMs);
  } catch (cause) {
    const { items } = await api.ok<{ items: Pod[] }>('GET', podsPath(namespace));
    const told = await Promise.all(items.map((pod) => wordsOf(api, namespace, pod)));
    throw new Error([messageOf(cause), `${items.length} pods in ${namespace}`, ...told].join('\n\n'), { cause });
  }
}

async function wordsOf(api: KubeHttp, namespace: string, { metadata, status }: Pod): Promise<string> {
  const log = await api.ok<string>('GET', `${podsPath(namespace, metadata?.name)}/log`).catch(messageOf);
  return [`${metadata?.name ?? ''}: ${JSON.stringify(status)}`, ...log.split('\n').slice(-LAST_LINES)].join('\n');
}
