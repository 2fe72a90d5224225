import { randomUUID } from 'node:crypto';
import type { ApiCaller, CallOutcome } from './caller.js';
import type { WatchEvent, Watching } from './cluster-api.js';
import { refusalOf, type CallName } from './failures.js';
import { apiJson, parseApiJson } from './json.js';
import { Follower, type ApiObject } from './list-watch.js';

/** By this a create whose answer was lost finds out whether it made what is there. */
const CREATED_BY = 'flowbench/created-by-call';
const PAGE_SIZE = 500;

export interface StoredObject extends ApiObject {
  metadata?: ApiObject['metadata'] & { annotations?: Record<string, string> };
}

interface ListOf<Item> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly Item[];
}

/** The objects of one kind in one namespace. */
export class Collection<Item extends StoredObject> {
  readonly path: string;

  /**
   * @param group `/api/v1`, `/apis/batch/v1`
   * @param isStrict whether a field that the server does not know is refused rather than dropped
   */
  constructor(
    private readonly caller: ApiCaller,
    private readonly namespace: string,
    private readonly resource: string,
    group: string,
    private readonly isStrict = false,
  ) {
    this.path = `${group}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
  }

  /** Null where one of that name is there, which an earlier try of this call has not made. */
  async create(manifest: { readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> } }): Promise<Item | null> {
    const mark = randomUUID();
    const body = apiJson({ ...manifest, metadata: { ...manifest.metadata, annotations: { ...manifest.metadata?.annotations, [CREATED_BY]: mark } } });
    const name = manifest.metadata?.name ?? '';
    const answer = await this.caller.call(this.name('create', name), { method: 'POST', path: `${this.path}${this.isStrict ? '?fieldValidation=Strict' : ''}`, body });
    if (answer.status < 300) return parseApiJson(answer.body) as Item;
    if (answer.status !== 409 || isOtherConflict(answer)) throw refusalOf(this.name('create', name), answer);
    if (!answer.mayHaveHappened) return null;
    const there = await this.get(name);
    return there?.metadata?.annotations?.[CREATED_BY] === mark ? there : null;
  }

  async get(name: string): Promise<Item | null> {
    return this.orNull(this.name('get', name), await this.caller.call(this.name('get', name), { method: 'GET', path: this.pathOf(name) }));
  }

  async list(labelSelector: string): Promise<Item[]> {
    const items: Item[] = [];
    let next = '';
    do {
      const query = new URLSearchParams({ labelSelector, limit: String(PAGE_SIZE), ...(next === '' ? {} : { continue: next }) });
      const answer = await this.caller.call(this.name('list'), { method: 'GET', path: `${this.path}?${query.toString()}` });
      if (answer.status === 410) return this.list(labelSelector);
      if (answer.status >= 300) throw refusalOf(this.name('list'), answer);
      const page = parseApiJson(answer.body) as ListOf<Item>;
      items.push(...(page.items ?? []));
      next = page.metadata?.continue ?? '';
    } while (next !== '');
    return items;
  }

  /** Merge patch; null where it is gone. */
  async patch(name: string, patch: object): Promise<Item | null> {
    const call = this.name('patch', name);
    return this.orNull(call, await this.caller.call(call, { method: 'PATCH', path: this.pathOf(name), body: apiJson(patch), contentType: 'application/merge-patch+json' }));
  }

  /**
   * Puts another state in the place of the one that was read; `conflict` where it changed since. Where an answer was
   * lost, `isOurs` tells from what is there whether this call was the one that changed it.
   */
  async update(item: Item, isOurs: (there: Item) => boolean): Promise<Item | 'conflict'> {
    const name = item.metadata?.name ?? '';
    const call = this.name('update', name);
    const answer = await this.caller.call(call, { method: 'PUT', path: this.pathOf(name), body: apiJson(item) });
    if (answer.status < 300) return parseApiJson(answer.body) as Item;
    if (answer.status !== 409 && answer.status !== 404) throw refusalOf(call, answer);
    const there = answer.mayHaveHappened ? await this.get(name) : null;
    return there !== null && isOurs(there) ? there : 'conflict';
  }

  /** With everything it owns, in the background; gone is fine. */
  async delete(name: string): Promise<void> {
    const call = this.name('delete', name);
    const body = apiJson({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
    const answer = await this.caller.call(call, { method: 'DELETE', path: this.pathOf(name), body });
    if (answer.status >= 300 && answer.status !== 404) throw refusalOf(call, answer);
  }

  follow(labelSelector: string | undefined, onEvent: (event: WatchEvent<Item>) => void, tracksGone = true): Watching {
    return new Follower<Item>({
      caller: this.caller, namespace: this.namespace, resource: this.resource, path: this.path, tracksGone, onEvent, ...(labelSelector === undefined ? {} : { labelSelector }),
    });
  }

  pathOf(name: string): string {
    return `${this.path}/${encodeURIComponent(name)}`;
  }

  private orNull(call: CallName, answer: CallOutcome): Item | null {
    if (answer.status === 404) return null;
    if (answer.status >= 300) throw refusalOf(call, answer);
    return parseApiJson(answer.body) as Item;
  }

  private name(verb: CallName['verb'], name?: string): CallName {
    return { verb, resource: this.resource, namespace: this.namespace, ...(name === undefined ? {} : { name }) };
  }
}

/** 409 also says that a namespace is being deleted, or that a quota changed meanwhile: then nothing of that name is there. */
function isOtherConflict({ body }: CallOutcome): boolean {
  return !body.includes('AlreadyExists');
}
