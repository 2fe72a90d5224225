import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DuckDBSession, type DuckDBSettings } from '../duckdb/session.js';
import { loadDataset } from '../dataset/load.js';
import { manifestPath } from '../dataset/paths.js';
import type { DatasetHandle } from '../model/manifest.js';
import { isS3Uri } from '../model/storage-uri.js';
import type { WorkerResources } from './environment.js';

/** Of one request, a few seconds together: what lasts longer is waited for by the unit, whose budget is for all its requests. */
const HTTP_RETRIES = 3;

interface CachedDataset {
  /** Changes when the manifest is written again; null where only the dataset's id tells. */
  readonly stamp: string | null;
  readonly handle: DatasetHandle;
}

/**
 * Keeps the engine between units with equal settings, and each dataset while its manifest file stays the
 * same. In S3, where asking costs a request a unit, it is kept as long as units name its id, which is a hash of
 * all its files: whoever sends the units looks after the rest. A worker that runs one unit uses the same class
 * and simply ends.
 */
export class KeptResources implements WorkerResources {
  private open: { readonly key: string; readonly session: DuckDBSession } | null = null;
  private readonly datasets = new Map<string, CachedDataset>();

  async session(settings: DuckDBSettings): Promise<DuckDBSession> {
    const key = JSON.stringify([settings.threads, settings.memoryLimitBytes, settings.spillDir, settings.parquetMetadataCache, settings.s3 !== undefined]);
    if (this.open !== null && this.open.key !== key) this.close();
    if (this.open === null) {
      // The engine makes its spill folder when it first spills, but not what holds it, and says so itself if it cannot.
      await mkdir(dirname(settings.spillDir), { recursive: true }).catch(() => undefined);
      this.open = { key, session: await DuckDBSession.open(settings) };
      if (settings.s3 !== undefined) await this.open.session.execute(`SET GLOBAL http_retries = ${HTTP_RETRIES}`);
    }
    return this.open.session;
  }

  async dataset(uri: string, datasetId: string | null): Promise<DatasetHandle> {
    const stamp = isS3Uri(uri) ? null : await stat(manifestPath(uri)).then((found) => `${found.mtimeMs}/${found.size}/${found.ino}`, () => 'none');
    const cached = this.datasets.get(uri);
    const isSame = stamp === null ? cached?.handle.manifest.dataset_id === datasetId : cached?.stamp === stamp;
    if (cached !== undefined && isSame) return cached.handle;
    const handle = await loadDataset(uri);
    this.datasets.set(uri, { stamp, handle });
    return handle;
  }

  release(failed: boolean): void {
    // An engine that ran out of memory or was interrupted may hold on to temporary tables and broken state.
    if (failed) this.close();
  }

  close(): void {
    this.open?.session.close();
    this.open = null;
  }
}
