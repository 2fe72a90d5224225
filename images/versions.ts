/**
 * The one table of versions, images and prices. Nothing here is invented: a value that no registry or
 * document confirms is marked `unverified` and left to the service's default.
 */

/** Python packages of the private environment that makes datasets (PyPI). */
export const DATAGEN_PACKAGES = {
  'tpchgen-cli': '4.0.0',
  datafusion: '55.0.0',
  'duckdb-extension-tpch': '1.5.5',
} as const;
