import { checkLimits, type Limits } from '../../coordinator/interrupt.js';
import { FlowbenchError } from '../../model/errors.js';
import { queryFileStem } from '../../model/queries.js';
import type { EngineSession, OpenStages, Parity, Precision, QueryOutcome, QueryText, RunOptions, SessionContext, Usage } from '../contract.js';
import { failureOf } from '../failures.js';
import { storageMediumOf } from '../live-settings.js';
import { precisionOf } from '../variants.js';
import { awaitPlace } from './await-place.js';
import type { TrinoAnswer } from './client.js';
import { KeptFiles } from './kept-files.js';
import type { LiveTrino } from './live-nodes.js';
import type { TrinoPlace } from './place.js';
import { scanWorkOf, type ScanWork } from './query-info.js';

export interface TrinoSessionParts {
  readonly context: SessionContext;
  readonly place: TrinoPlace;
  readonly live: LiveTrino;
  /** Session properties of the live server, by name. */
  readonly properties: ReadonlyMap<string, string>;
  readonly openStages: OpenStages;
  readonly openMs: number;
}

/** The description of a query is large and comes late where the server is busy; it is no part of any time. */
const DESCRIBE_MS = 5_000;
const EXPLAIN_MS = 30_000;

/** A Trino that answers queries over one dataset: on this machine or on a cluster. */
export class TrinoSession implements EngineSession {
  readonly version: string;
  readonly label: string;
  readonly openMs: number;
  readonly openStages: OpenStages;
  readonly parity: Parity;
  readonly settings: Readonly<Record<string, string>>;
  readonly resultCache: string;
  private readonly kept: KeptFiles;
  /** Queries whose plan is kept, or is to be once no clock runs. */
  private readonly explained = new Set<string>();
  private readonly toExplain: QueryText[] = [];

  constructor(private readonly parts: TrinoSessionParts) {
    const { context, place, live } = parts;
    this.version = live.version;
    this.label = `Trino ${live.version}`;
    this.openMs = parts.openMs;
    this.openStages = parts.openStages;
    this.parity = parityOf(parts);
    this.settings = place.settings;
    this.resultCache = resultCacheOf(parts);
    this.kept = new KeptFiles(context.artifactsUri, context.log);
  }

  /** Whom it asks, for others that ask the same server. */
  get server(): { readonly url: string; readonly catalog: string; readonly schema: string } {
    const { url, catalog, schema } = this.parts.place.client;
    return { url: url.origin, catalog, schema };
  }

  precision(): Precision {
    return precisionOf(this.parts.context.dataset.manifest);
  }

  async run(query: QueryText, options: RunOptions): Promise<QueryOutcome> {
    const startedAt = performance.now();
    const limits: Limits = { deadlineAtMs: startedAt + options.timeoutMs, signal: options.signal };
    try {
      checkLimits(limits);
      const lost = this.parts.place.process?.lost() ?? null;
      if (lost !== null) throw new FlowbenchError('infrastructure', `The session has ended with its server. ${lost.message}`);
      const answer = await this.parts.place.client.run(query.text, limits);
      const durationMs = performance.now() - startedAt;
      return await this.success(query, options.repetition, answer, durationMs);
    } catch (error) {
      return failureOf(error, {});
    }
  }

  async tidy(): Promise<void> {
    for (const query of this.toExplain.splice(0)) await this.keepPlan(query);
    await this.kept.flush();
  }

  park(): Promise<void> {
    this.parts.place.process?.pause();
    return Promise.resolve();
  }

  async unpark(): Promise<void> {
    const { context, place } = this.parts;
    place.process?.resume();
    await awaitPlace(context, place);
  }

  async close(): Promise<void> {
    const { client, process } = this.parts.place;
    client.close();
    await process?.stop();
    await this.kept.flush();
    if (process !== undefined) await this.kept.upload(process.logFile, `${this.parts.context.sessionId}.server.log`);
    await process?.remove();
  }

  /** What the engine tells of the query beside its rows; after its clock has stopped. */
  private async success(query: QueryText, repetition: number, answer: TrinoAnswer, durationMs: number): Promise<QueryOutcome> {
    const { queryId, infoUri, stats, columns, rows } = answer;
    const description = await this.describe(queryId);
    const link = description === null ? undefined : this.kept.keep(`${queryFileStem(query.id)}-${repetition}.query.json`, description);
    if (this.kept.isKeeping && !this.explained.has(query.id)) {
      this.explained.add(query.id);
      this.toExplain.push(query);
    }
    const traceLink = link ?? infoUri;
    return {
      status: 'ok',
      rows: { columns, rows },
      durationMs,
      stages: {},
      engineMs: stats.elapsedTimeMillis,
      usage: await this.usageOf(answer, description === null ? null : scanWorkOf(description)),
      coverage: null,
      ...(traceLink === undefined ? {} : { traceLink }),
    };
  }

  private async usageOf({ stats }: TrinoAnswer, scans: ScanWork | null): Promise<Usage> {
    return {
      bytesRead: stats.physicalInputBytes ?? stats.processedBytes,
      bytesExchanged: stats.internalNetworkInputBytes ?? null,
      cpuMs: stats.cpuTimeMillis,
      maxRssBytes: (await this.parts.place.process?.maxRssBytes()) ?? null,
      nodesUsed: scans?.nodes.length ?? stats.nodes,
      workerBusyMs: null,
      peakMemoryBytes: stats.peakMemoryBytes,
      ...(scans === null ? {} : { splitsPerNode: scans.splitsPerNode }),
    };
  }

  /** All that Trino knows of a query, as JSON; null where it does not say. */
  private async describe(queryId: string): Promise<string | null> {
    try {
      const { status, text } = await this.parts.place.client.get(`/v1/query/${queryId}`, AbortSignal.timeout(DESCRIBE_MS));
      return status === 200 ? text : null;
    } catch {
      return null;
    }
  }

  private async keepPlan({ id, text }: QueryText): Promise<void> {
    try {
      const limits: Limits = { deadlineAtMs: performance.now() + EXPLAIN_MS, signal: new AbortController().signal };
      const { rows } = await this.parts.place.client.run(`EXPLAIN ${text}`, limits);
      this.kept.keep(`${queryFileStem(id)}.plan.txt`, `${rows.map(([line]) => line ?? '').join('\n')}\n`);
    } catch (error) {
      this.parts.context.log(`trino: the plan of ${id} could not be had (${failureOf(error, {}).error})`);
    }
  }
}

/** Read back from the live nodes. Spilling is off, so that there is no scratch to look at. */
function parityOf({ context, live, properties }: TrinoSessionParts): Parity {
  const concurrency = Number(properties.get('task_concurrency'));
  return {
    nodes: live.workers.length,
    threadsTotal: live.workers.reduce((sum, { processors }) => sum + processors, 0),
    memoryLimitBytesTotal: live.workers.reduce((sum, { heapBytes }) => sum + heapBytes, 0),
    storageMedium: storageMediumOf(context.dataset.uri),
    datasetId: context.dataset.manifest.dataset_id,
    parallelism: Number.isInteger(concurrency) && concurrency > 0 ? concurrency * live.workers.length : null,
    scratchFreeBytes: null,
  };
}

const RESULT_CACHE_PROPERTY = /result.*cache|cache.*result/;

function resultCacheOf({ live, properties }: TrinoSessionParts): string {
  const suspicious = [...properties.keys()].filter((name) => RESULT_CACHE_PROPERTY.test(name));
  if (suspicious.length > 0) return `Trino ${live.version} names ${suspicious.map((name) => `${name}=${properties.get(name)}`).join(', ')} among its session properties`;
  return `Trino ${live.version} keeps no results of queries: none of the ${properties.size} session properties that the live server lists is of such a cache`;
}
