import type { SessionContext } from './contract.js';
import { usesMetadataCache } from './variants.js';

/** DuckDB keeps no results of queries; footers of Parquet files are all that it may keep. */
export const NO_RESULT_CACHE = 'DuckDB has no cache of results';

/** What an embedded DuckDB is set to that it is not by itself. */
export function embeddedSettings(context: SessionContext): Readonly<Record<string, string>> {
  return {
    threads: String(context.threadsPerWorker),
    memory_limit: `${context.memoryLimitBytes} bytes`,
    parquet_metadata_cache: String(usesMetadataCache(context.variant)),
  };
}
