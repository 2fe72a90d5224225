import { setTimeout as sleep } from 'node:timers/promises';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { ApiCaller } from './caller.js';
import type { WatchEvent, Watching } from './cluster-api.js';
import { connectionFailure, isPassingError, isPassingStatus, refusalOf, unreachable, type CallName } from './failures.js';
import { textOf } from './http.js';
import { parseApiJson } from './json.js';
import { readLines } from './read-lines.js';

/** The part of every object that following it needs. */
export interface ApiObject {
  metadata?: { uid?: string; name?: string; namespace?: string; resourceVersion?: string; labels?: Record<string, string> };
}

export interface FollowOptions<Item extends ApiObject> {
  readonly caller: ApiCaller;
  readonly namespace: string;
  readonly resource: string;
  /** Of the list, without a query. */
  readonly path: string;
  readonly labelSelector?: string;
  /** Remember what there is, to tell after a new list what is gone; else only new things are told. */
  readonly tracksGone: boolean;
  readonly onEvent: (event: WatchEvent<Item>) => void;
}

interface ListOf<Item> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Item[];
}

interface Line<Item> {
  readonly type: string;
  readonly object: Item & { readonly code?: number; readonly message?: string };
}

/** A list of a thousand pods at once would be several megabytes. */
const PAGE_SIZE = 500;
/** The server ends a watch by itself after this many seconds and a random part of as many more. */
const WATCH_SECONDS = 240;
const FIRST_DELAY_MS = 100;
/** What is noticed late because of a wait spoils a measurement, and one watcher is no burden: so it is short. */
const MAX_DELAY_MS = 1_000;
/** A server that was not reached for so long will not be waited for, ms. */
const GIVE_UP_MS = 300_000;
/** A watch that was open for so long was a good one: the next is opened at once. */
const GOOD_WATCH_MS = 1_000;

/** The version to watch from was forgotten by the server: what there is must be listed again. */
class Expired extends Error {}
/** May be mended by another try. */
class Passing extends Error {}

export class Follower<Item extends ApiObject> implements Watching {
  readonly ready: Promise<void>;
  readonly ended: Promise<FlowbenchError | null>;
  private readonly abort = new AbortController();
  private readonly known = new Map<string, Item>();
  private reachedAtMs = performance.now();
  private isListed = false;
  private tellReady: () => void = () => undefined;

  constructor(private readonly options: FollowOptions<Item>) {
    const isReady = new Promise<void>((resolve) => { this.tellReady = resolve; });
    this.ended = this.follow().then(() => null, (error: unknown) => this.reasonOf(error));
    this.ready = Promise.race([isReady, this.ended.then((error) => { if (error !== null && !this.isListed) throw error; })]);
    // Whoever does not wait for it learns by `ended`.
    this.ready.catch(() => undefined);
  }

  stop(): void {
    this.abort.abort();
  }

  private isStopped(): boolean {
    return this.abort.signal.aborted;
  }

  private reasonOf(error: unknown): FlowbenchError | null {
    if (this.isStopped()) return null;
    return error instanceof FlowbenchError ? error : new FlowbenchError('internal', `Following ${this.options.resource} failed: ${messageOf(error)}`, { cause: error });
  }

  private async follow(): Promise<void> {
    const { signal } = this.abort;
    let version: string | null = null;
    for (let failures = 0; !this.isStopped();) {
      const startedAtMs = performance.now();
      try {
        version ??= await this.list();
        version = await this.watch(version);
        failures = performance.now() - startedAtMs > GOOD_WATCH_MS ? 0 : failures + 1;
      } catch (error) {
        if (this.isStopped()) return;
        if (error instanceof Expired) version = null;
        else if (!(error instanceof Passing)) throw error;
        else if (performance.now() - this.reachedAtMs > GIVE_UP_MS) throw unreachable(this.server, this.name('watch'), performance.now() - this.reachedAtMs, error.message, error);
        failures = performance.now() - startedAtMs > GOOD_WATCH_MS ? 1 : failures + 1;
      }
      if (failures > 0) await sleep(Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)), undefined, { signal });
    }
  }

  /** Tells all there is, then what is no more; answers the version to watch from. */
  private async list(): Promise<string> {
    const seen = new Set<string>();
    let version = '';
    let next: string | undefined;
    do {
      const page = await this.page(next);
      for (const item of page.items ?? []) {
        seen.add(uidOf(item));
        this.tell('seen', item);
      }
      version = page.metadata?.resourceVersion ?? version;
      next = page.metadata?.continue;
    } while (next !== undefined && next !== '');
    for (const [uid, item] of this.known) {
      if (!seen.has(uid)) this.tell('gone', item);
    }
    this.isListed = true;
    this.tellReady();
    return version;
  }

  private async page(next: string | undefined): Promise<ListOf<Item>> {
    const query = this.query({ limit: String(PAGE_SIZE), ...(next === undefined || next === '' ? {} : { continue: next }) });
    try {
      const answer = await this.options.caller.call(this.name('list'), { method: 'GET', path: `${this.options.path}?${query}` }, this.abort.signal);
      if (answer.status === 410) throw new Expired();
      if (answer.status !== 200) throw refusalOf(this.name('list'), answer);
      this.reachedAtMs = performance.now();
      return parseApiJson(answer.body) as ListOf<Item>;
    } catch (error) {
      // The first list tells whether there is a cluster at all; later ones wait for it to come back.
      if (this.isListed && error instanceof FlowbenchError && error.code === 'infrastructure') throw new Passing(error.message, { cause: error });
      throw error;
    }
  }

  /** Until the server ends it; answers the version to go on from. */
  private async watch(from: string): Promise<string> {
    const { caller, path } = this.options;
    const seconds = Math.round(WATCH_SECONDS * (1 + Math.random()));
    const query = this.query({ watch: '1', allowWatchBookmarks: 'true', resourceVersion: from, timeoutSeconds: String(seconds) });
    let version = from;
    caller.count(this.name('watch'));
    try {
      const stream = await caller.http.open({ method: 'GET', path: `${path}?${query}` }, this.abort.signal);
      if (stream.statusCode !== 200) await this.refused(stream.statusCode ?? 0, await textOf(stream));
      this.reachedAtMs = performance.now();
      await readLines(stream, (line) => { version = this.take(line) ?? version; });
    } catch (error) {
      if (error instanceof Expired || error instanceof Passing || error instanceof FlowbenchError) throw error;
      if (this.isStopped()) throw error;
      if (!isPassingError(error)) throw connectionFailure(this.server, this.name('watch'), error);
      caller.noteTrouble();
      // What was told before the connection broke is not asked for again.
      if (version !== from) return version;
      throw new Passing(messageOf(error), { cause: error });
    }
    return version;
  }

  private async refused(status: number, body: string): Promise<never> {
    const { caller } = this.options;
    if (status === 410) throw new Expired();
    if (status === 401) await caller.http.connection.renew();
    if (isPassingStatus(status)) caller.noteTrouble();
    else if (status !== 401 && !caller.isDoubtful(status)) throw refusalOf(this.name('watch'), { status, body });
    throw new Passing(`HTTP ${status}`);
  }

  /** One line of a watch; answers the version it brought. */
  private take(line: string): string | undefined {
    this.reachedAtMs = performance.now();
    const { type, object } = parseApiJson(line) as Line<Item>;
    if (type === 'ERROR') {
      if (object.code === 410) throw new Expired();
      throw new Passing(object.message ?? line);
    }
    if (type === 'ADDED' || type === 'MODIFIED') this.tell('seen', object);
    if (type === 'DELETED') this.tell('gone', object);
    return object.metadata?.resourceVersion;
  }

  private tell(kind: 'seen' | 'gone', item: Item): void {
    if (this.options.tracksGone) {
      if (kind === 'seen') this.known.set(uidOf(item), stubOf(item));
      else this.known.delete(uidOf(item));
    }
    if (!this.isStopped()) this.options.onEvent({ kind, item });
  }

  private query(more: Record<string, string>): string {
    const { labelSelector } = this.options;
    return new URLSearchParams({ ...more, ...(labelSelector === undefined ? {} : { labelSelector }) }).toString();
  }

  private name(verb: 'list' | 'watch'): CallName {
    return { verb, resource: this.options.resource, namespace: this.options.namespace };
  }

  private get server(): string {
    return this.options.caller.http.connection.server;
  }
}

function uidOf(item: ApiObject): string {
  return item.metadata?.uid ?? item.metadata?.name ?? '';
}

/** Who it was: of a thousand pods nothing more is kept. */
function stubOf<Item extends ApiObject>({ metadata = {} }: Item): Item {
  const { uid, name, namespace, labels } = metadata;
  return { metadata: { uid, name, namespace, labels } } as Item;
}
