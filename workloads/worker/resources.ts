import { stat } from 'node:fs/promises';
import { DuckDBSession, type DuckDBSettings } from '../duckdb/session.js';
import { loadDataset } from '../dataset/load.js';
import { manifestPath } from '../dataset/paths.js';
import type { DatasetHandle } from '../model/manifest.js';
import type { WorkerResources } from './environment.js';

interface CachedDataset {
  /** Changes when the manifest is written again. */
  readonly stamp: string;
  readonly handle: DatasetHandle;
}

/**
 * Keeps the engine between units with equal settings, and each dataset while its manifest file stays the
 * same. A worker that runs one unit uses the same class and simply ends.
 */
export class KeptResources implements WorkerResources {
  private open: { readonly key: string; readonly session: DuckDBSession } | null = null;
  private readonly datasets = new Map<string, CachedDataset>();

  async session(settings: DuckDBSettings): Promise<DuckDBSession> {
    const key = JSON.stringify([settings.threads, settings.memoryLimitBytes, settings.spillDir, settings.parquetMetadataCache]);
    if (this.open !== null && this.open.key !== key) this.close();
    this.open ??= { key, session: await DuckDBSession.open(settings) };
    return this.open.session;
  }

  async dataset(uri: string): Promise<DatasetHandle> {
    const stamp = await stat(manifestPath(uri)).then((found) => `${found.mtimeMs}/${found.size}/${found.ino}`, () => 'none');
    const cached = this.datasets.get(uri);
    if (cached?.stamp === stamp) return cached.handle;
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
