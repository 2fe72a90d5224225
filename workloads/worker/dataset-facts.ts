import type { ManifestTable } from '../model/manifest.js';
import type { StageContext } from '../tpch/plan.js';

/** Tables of a dataset and what the plans may rely on, from its manifest or (v1) from the files alone. */
export interface DatasetFacts extends Omit<StageContext, 'params'> {
  readonly tables: Readonly<Record<string, ManifestTable>>;
}
