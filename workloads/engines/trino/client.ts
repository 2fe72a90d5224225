import { checkLimits, type Limits } from '../../coordinator/interrupt.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { TypedRows } from '../../model/typed-rows.js';
import { retrying } from '../../storage/retry.js';
import type { RetrySettings } from '../../storage/retry-settings.js';
import { readPage, type AnswerPage, type TrinoStats } from './answer-page.js';
import { cancelQuery } from './cancel.js';
import { columnOf, RowDecoder, type Column } from './decode.js';
import { queryError } from './errors.js';
import { HttpConnection, type HttpAnswer, type HttpRequest } from './http.js';
import { untilStopped } from './stop.js';

export interface TrinoClientOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly catalog: string;
  readonly schema: string;
  /** Default: half a minute. */
  readonly retry?: RetrySettings;
  /** A cancelled query is looked at for so long until nothing of it runs. Default: 10 s. */
  readonly goneWithinMs?: number;
  /** Asked when the server does not answer: why it never will, or null. */
  readonly lost?: () => FlowbenchError | null;
}

export interface TrinoAnswer extends TypedRows {
  readonly queryId: string;
  /** The engine's page of the query. */
  readonly infoUri: string | undefined;
  readonly stats: TrinoStats;
}

/** Trino's own clients wait from 50 to 100 ms; a busy coordinator gets longer. */
const DEFAULT_RETRY: RetrySettings = { budgetMs: 30_000, firstDelayMs: 100, maxDelayMs: 1_000 };
/** What the protocol says to ask again for. */
const ASK_AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const GONE_WITHIN_MS = 10_000;
const USER = 'flowbench';

/** One user of one Trino, by its HTTP protocol: a statement is posted, and its pages are followed to the last. */
export class TrinoClient {
  readonly url: URL;
  readonly catalog: string;
  readonly schema: string;
  private readonly connection: HttpConnection;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly retry: RetrySettings;

  constructor(private readonly options: TrinoClientOptions) {
    this.url = new URL(options.url);
    this.catalog = options.catalog;
    this.schema = options.schema;
    this.connection = new HttpConnection(this.url);
    this.retry = options.retry ?? DEFAULT_RETRY;
    this.headers = {
      'X-Trino-User': USER, 'X-Trino-Source': USER, 'X-Trino-Catalog': options.catalog, 'X-Trino-Schema': options.schema,
      'X-Trino-Time-Zone': 'UTC', 'X-Trino-Language': 'en-US',
    };
  }

  /** Runs a statement to its last decoded row. Past the limits it is cancelled on the server, and seen to be gone, before this throws. */
  async run(sql: string, limits: Limits): Promise<TrinoAnswer> {
    checkLimits(limits);
    const answer = new AnswerReader();
    // Not dropped when the time is over: only its answer names the query.
    const first = this.page({ method: 'POST', url: new URL('/v1/statement', this.url), body: sql });
    const latest: { page: AnswerPage | null } = { page: null };
    try {
      return await untilStopped(limits, async (signal) => {
        let page = await first;
        for (;;) {
          latest.page = page;
          answer.read(page);
          if (page.nextUri === undefined) return answer.whole(page);
          signal.throwIfAborted();
          page = await this.page({ method: 'GET', url: this.own(page.nextUri), signal });
        }
      });
    } catch (error) {
      if (error instanceof FlowbenchError && (error.code === 'timeout' || error.code === 'cancelled')) throw await this.stopped(error, latest.page ?? first);
      throw error;
    }
  }

  /** Any other resource of the server, such as `/v1/info`; throws where it does not answer at all. */
  async get(path: string, signal?: AbortSignal): Promise<HttpAnswer> {
    return this.connection.send({ method: 'GET', url: new URL(path, this.url), headers: this.headers, ...(signal === undefined ? {} : { signal }) });
  }

  close(): void {
    this.connection.close();
  }

  private async page(request: HttpRequest): Promise<AnswerPage> {
    const answer = await retrying(() => this.ask(request), this.retry);
    return readPage(answer.text);
  }

  private async ask(request: HttpRequest): Promise<HttpAnswer> {
    let answer: HttpAnswer;
    try {
      answer = await this.connection.send({ ...request, headers: this.headers });
    } catch (cause) {
      request.signal?.throwIfAborted();
      throw this.options.lost?.() ?? this.unanswered(request, messageOf(cause), isRepeatable(request, cause));
    }
    if (answer.status === 200) return answer;
    if (ASK_AGAIN.has(answer.status)) throw this.unanswered(request, `it answered with status ${answer.status}`, true);
    if (answer.status === 404 || answer.status === 410) {
      throw new FlowbenchError('query_failed', `Trino at ${this.url.host} no longer knows the query: it was restarted, or gave the query up.`);
    }
    throw new FlowbenchError('infrastructure', `Trino at ${this.url.host} refused the request with status ${answer.status}: ${answer.text.slice(0, 200)}`);
  }

  private unanswered(request: HttpRequest, why: string, retryable: boolean): FlowbenchError {
    return new FlowbenchError('infrastructure', `Trino at ${this.url.host} did not answer ${request.method} ${request.url.pathname}: ${why}.`, { retryable });
  }

  /** A page lies on the server that was asked: what another host sends is no answer of this engine. */
  private own(uri: string): URL {
    const url = new URL(uri);
    if (url.host !== this.url.host) throw new FlowbenchError('query_failed', `Trino at ${this.url.host} names ${url.host} as the place of its answer.`);
    return url;
  }

  /** The error with what became of the query on the server. */
  private async stopped(error: FlowbenchError, begun: AnswerPage | Promise<AnswerPage>): Promise<FlowbenchError> {
    const fate = await cancelQuery({ connection: this.connection, server: this.url, headers: this.headers, goneWithinMs: this.options.goneWithinMs ?? GONE_WITHIN_MS }, begun);
    return new FlowbenchError(error.code, `${error.message} ${fate}`, { cause: error });
  }
}

/** A page may be asked for again; a statement only where it surely was not received. */
function isRepeatable(request: HttpRequest, cause: unknown): boolean {
  return request.method === 'GET' || (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED');
}

/** Puts the pages of one answer together. */
class AnswerReader {
  private columns: readonly Column[] | null = null;
  private decoder: RowDecoder | null = null;
  private readonly rows: (string | null)[][] = [];

  read(page: AnswerPage): void {
    if (page.error !== undefined) throw queryError(page.error);
    if (this.columns === null && page.columns !== undefined) {
      this.columns = page.columns.map(columnOf);
      this.decoder = new RowDecoder(this.columns);
    }
    for (const values of page.data ?? []) {
      if (this.decoder === null) throw new FlowbenchError('query_failed', 'Trino sent rows before it named their columns.');
      this.rows.push(this.decoder.row(values));
    }
  }

  whole({ id, infoUri, stats }: AnswerPage): TrinoAnswer {
    return { queryId: id, infoUri, stats, columns: [...(this.columns ?? [])], rows: this.rows };
  }
}
