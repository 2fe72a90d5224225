import type { EngineRunner, EngineSession, SessionContext } from '../../engines/contract.js';
import { TrinoClient } from '../../engines/trino/client.js';
import { openTrinoSession } from '../../engines/trino/open-session.js';
import type { TrinoPlace } from '../../model/engine-places.js';
import { configurationError, FlowbenchError } from '../../model/errors.js';
import { ClusterEngineSession } from './cluster-session.js';
import type { ClusterEngineParts } from './place.js';
import { endLeftQueries } from './trino-left.js';
import { keepTrinoLogs } from './trino-logs.js';
import { awaitWorkers, scaleTrino } from './trino-workers.js';

export interface ClusterTrinoOptions extends ClusterEngineParts {
  readonly place: TrinoPlace;
}

/** Trino as it is deployed: its workers are scaled to N and waited for, a node each; tables are those of its catalog. */
export class ClusterTrinoRunner implements EngineRunner {
  readonly id = 'trino';
  readonly scaling = 'cores';
  /** What the deployed catalog keeps is not switched from here. */
  readonly variants = ['default'];
  readonly tiers = ['default'];

  constructor(private readonly options: ClusterTrinoOptions) {}

  async open(given: SessionContext): Promise<EngineSession> {
    const { place, signal, isClusterGone, limits } = this.options;
    const begunAtMs = performance.now();
    const context: SessionContext = { ...given, signal };
    const schema = schemaOf(context.dataset.uri, place);
    const client = new TrinoClient({ url: place.url, catalog: place.catalog, schema });
    const afterwards = async (): Promise<void> => {
      await keepTrinoLogs({ api: this.options.api, artifactsUri: context.artifactsUri, log: context.log });
      await scaleTrino(this.options, 0);
    };
    try {
      await scaleTrino(this.options, context.workers);
      await awaitWorkers(this.options, client, context.workers);
      await endLeftQueries({ client, limits, signal, log: context.log });
      const session = await openTrinoSession(context, {
        client, schema, version: place.trinoVersion, workers: context.workers, tables: null, readyWithinMs: limits.openMs, settings: { workers: String(context.workers) },
      }, begunAtMs);
      return new ScaledDown(session, isClusterGone, afterwards);
    } catch (error) {
      client.close();
      await afterwards().catch(() => undefined);
      if (error instanceof FlowbenchError && error.code === 'infrastructure' && (await isClusterGone())) throw new FlowbenchError('cancelled', 'The run was stopped.', { cause: error });
      throw error;
    }
  }
}

/** Nodes are free again for whatever is measured next. */
class ScaledDown extends ClusterEngineSession {
  constructor(session: EngineSession, isClusterGone: () => Promise<boolean>, private readonly scaleDown: () => Promise<void>) {
    super(session, { lostTo: () => null, isClusterGone });
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      await this.scaleDown();
    }
  }
}

/** The schema that the infrastructure declared over a dataset, by its prefix. */
function schemaOf(datasetUri: string, { databases }: TrinoPlace): string {
  const prefix = datasetUri.replace(/^s3:\/\/[^/]+\//, '').replace(/\/+$/, '');
  const schema = databases[prefix];
  if (schema !== undefined) return schema;
  throw configurationError([`Trino has no tables over ${datasetUri}.`], `Deploy gamma-stack with that dataset among "datasets"; there: ${Object.keys(databases).join(', ') || 'none'}.`);
}
