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

/**
 * List prices, USD an hour, Linux, on demand. Instances: the table that Karpenter generates from AWS's
 * price list for us-east-1 (us-east-2 lists the same for these families). Control plane: EKS in standard
 * support. Public addresses, storage and requests are not in it.
 */
export const PRICES = {
  asOf: '2026-01-19',
  region: 'us-east-1',
  purchase: 'on-demand',
  controlPlaneUsdPerHour: 0.1,
  instanceUsdPerHour: {
    'm5.xlarge': 0.192,
    'm6i.xlarge': 0.192,
    'm7i.xlarge': 0.2016,
    'm7g.xlarge': 0.1632,
    'm8g.xlarge': 0.17952,
    'c7i.2xlarge': 0.357,
    'c7i.4xlarge': 0.714,
    'r5.2xlarge': 0.504,
    'i4i.4xlarge': 1.373,
    't3.large': 0.0832,
  },
} as const;
