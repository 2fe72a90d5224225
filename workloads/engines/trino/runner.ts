import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowbenchError } from '../../model/errors.js';
import { trinoReleaseProblems } from '../../model/trino-properties.js';
import { trinoHeap } from '../../model/trino-memory.js';
import { s3AccessFor } from '../../storage/s3-access.js';
import type { EngineRunner, EngineSession, SessionContext } from '../contract.js';
import type { TrinoHome } from '../install/homes.js';
import { METADATA_CACHE_VARIANTS, usesMetadataCache } from '../variants.js';
import { TrinoClient } from './client.js';
import { CredentialsEndpoint } from './credentials-endpoint.js';
import { checkJvm, jvmFlags } from './jvm.js';
import { CATALOG, LocalTrino, type LocalTrinoOptions } from './local-server.js';
import { openTrinoSession } from './open-session.js';
import type { TrinoProcess } from './place.js';
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

  async open(context: SessionContext): Promise<EngineSession> {
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

  private async attempt(context: SessionContext, home: TrinoHome, tables: readonly TrinoTable[], atMs: number): Promise<EngineSession> {
    const s3 = await s3AccessFor([context.dataset.uri]);
    const credentials = s3 === undefined ? null : await CredentialsEndpoint.serve(() => s3.credentials());
    try {
      const options = await serverOptions(context, home, tables, s3 ?? null, credentials?.environment() ?? {});
      const server = await LocalTrino.start(options);
      const process = withEndpoint(server, credentials);
      try {
        const client = new TrinoClient({ url: server.url, catalog: CATALOG, schema: SCHEMA, lost: () => server.lost() });
        const place = {
          client, process, tables, schema: SCHEMA, version: home.version, workers: 1, readyWithinMs: this.options.readyWithinMs ?? READY_WITHIN_MS,
          settings: { ...server.config, ...prefixed(options.catalog), jvm: jvmFlags(options).join(' ') },
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
  const memory = trinoHeap(limitBytes / MIB, 1);
  await checkJvm(home, memory, limitBytes);
  const folder = join(context.scratchDir, `trino-${context.sessionId}`);
  await mkdir(folder, { recursive: true });
  return {
    home, folder, memory, environment,
    cores: context.workers * context.threadsPerWorker,
    catalog: localCatalog({ version: home.version, variant: context.variant, metastoreDir: join(folder, 'metastore'), isNested: tables.some((table) => table.isNested), s3 }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}

function prefixed(catalog: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(catalog).map(([name, value]) => [`${CATALOG}: ${name}`, value]));
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
