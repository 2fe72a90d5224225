import { join } from 'node:path';
import { FlowbenchError } from '../../model/errors.js';
import { trinoReleaseProblems } from '../../model/trino-properties.js';
import { divideHeap } from '../../model/trino-memory.js';
import { s3ReachFor } from '../../storage/s3-access.js';
import type { EngineRunner, SessionContext } from '../contract.js';
import type { TrinoHome } from '../install/homes.js';
import { METADATA_CACHE_VARIANTS, usesMetadataCache } from '../variants.js';
import { TrinoClient } from './client.js';
import { CredentialsEndpoint } from './credentials-endpoint.js';
import { checkJvm, jvmFlags } from './jvm.js';
import { CATALOG, LocalTrino, type LocalTrinoOptions } from './local-server.js';
import { openTrinoSession } from './open-session.js';
import type { TrinoProcess } from './place.js';
import type { TrinoSession } from './session.js';
import { checkTier, localCatalog, TRINO_TIERS } from './settings.js';
import { trinoTables, type TrinoTable } from './tables.js';

export interface TrinoRunnerOptions {
  /** The installed one; asked when a session is opened. */
  readonly home: () => Promise<TrinoHome>;
  /** How long a server may take to be ready. Default: some minutes, as a busy machine needs. */
  readonly readyWithinMs?: number;
}

const READY_WITHIN_MS = 300_000;
const SCHEMA = 'tpch';
const MIB = 2 ** 20;
/** Others may take a port between our look at it and the server's. */
const STARTS = 4;

/** Trino on this machine: one server, coordinator and worker at once, with the cores and the memory of all workers. */
export class TrinoRunner implements EngineRunner {
  readonly id = 'trino';
  readonly scaling = 'cores';
  readonly variants = METADATA_CACHE_VARIANTS;
  readonly tiers = TRINO_TIERS;

  constructor(private readonly options: TrinoRunnerOptions) {}

  async open(context: SessionContext): Promise<TrinoSession> {
    const atMs = performance.now();
    usesMetadataCache(context.variant);
    checkTier(context.tier);
    const home = await this.options.home();
    const [problem] = trinoReleaseProblems(home.version);
    if (problem !== undefined) throw new FlowbenchError('engine_unavailable', problem);
    const tables = await trinoTables(context.dataset);
    for (let starts = 1; ; starts += 1) {
      try {
        return await this.attempt(context, home, tables, atMs);
      } catch (error) {
        const mayDoNextTime = error instanceof FlowbenchError && error.retryable && starts < STARTS;
        if (!mayDoNextTime) throw error;
        context.log(`trino: ${error.message} Trying again.`);
      }
    }
  }

  private async attempt(context: SessionContext, home: TrinoHome, tables: readonly TrinoTable[], atMs: number): Promise<TrinoSession> {
    const s3 = await s3ReachFor([context.dataset.uri]);
    const credentials = s3 === undefined ? null : await CredentialsEndpoint.serve(() => s3.credentials());
    try {
      const options = await serverOptions(context, home, tables, s3 ?? null, credentials?.environment() ?? {});
      const server = await LocalTrino.start(options);
      const process = withEndpoint(server, credentials);
      try {
        const client = new TrinoClient({ url: server.url, catalog: CATALOG, schema: SCHEMA, lost: () => server.lost() });
        const place = {
          client, process, tables, schema: SCHEMA, version: home.version, workers: 1, readyWithinMs: this.options.readyWithinMs ?? READY_WITHIN_MS,
          settings: settingsOf(server, options),
        };
        return await openTrinoSession(context, place, atMs);
      } catch (error) {
        await process.stop();
        await process.remove();
        throw error;
      }
    } catch (error) {
      credentials?.close();
      throw error;
    }
  }
}

async function serverOptions(
  context: SessionContext, home: TrinoHome, tables: readonly TrinoTable[], s3: { readonly region: string; readonly endpoint?: string } | null, environment: Readonly<Record<string, string>>,
): Promise<LocalTrinoOptions> {
  const limitBytes = context.workers * context.memoryLimitBytes;
  // The limit is of what holds data, for every engine alike: what a process takes beside it is on top.
  const memory = divideHeap(Math.floor(limitBytes / MIB));
  await checkJvm(home, memory, limitBytes);
  const folder = join(context.scratchDir, `trino-${context.sessionId}`);
  return {
    home, folder, memory, environment,
    cores: context.workers * context.threadsPerWorker,
    catalog: localCatalog({ version: home.version, variant: context.variant, metastoreDir: join(folder, 'metastore'), isNested: tables.some((table) => table.isNested), s3 }),
  };
}

/** Where the server and its files are is this session's own and changes nothing that is measured. */
const PLACES: ReadonlySet<string> = new Set(['http-server.http.port', 'discovery.uri', 'node.internal-address', 'hive.metastore.catalog.dir', 'local.location', 's3.endpoint']);

function settingsOf(server: LocalTrino, options: LocalTrinoOptions): Record<string, string> {
  const kept = (properties: Readonly<Record<string, string>>, prefix: string) =>
    Object.entries(properties).filter(([name]) => !PLACES.has(name)).map(([name, value]) => [`${prefix}${name}`, value] as const);
  return Object.fromEntries([...kept(server.config, ''), ...kept(options.catalog, `${CATALOG}: `), ['jvm', jvmFlags(options).join(' ')]]);
}

/** The server with the endpoint that it has its credentials from: both end together. */
function withEndpoint(server: LocalTrino, credentials: CredentialsEndpoint | null): TrinoProcess {
  return {
    logFile: server.logFile,
    lost: () => server.lost(),
    pause: () => { server.pause(); },
    resume: () => { server.resume(); },
    maxRssBytes: () => server.maxRssBytes(),
    stop: async () => {
      await server.stop();
      credentials?.close();
    },
    remove: () => server.remove(),
  };
}
