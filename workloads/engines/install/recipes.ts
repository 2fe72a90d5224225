import { DAFT } from './daft.js';
import type { InstallableEngine, Recipe } from './recipe.js';
import { SPARK } from './spark.js';
import { TRINO } from './trino.js';

export const RECIPES: Readonly<Partial<Record<InstallableEngine, Recipe>>> = { spark: SPARK, trino: TRINO, daft: DAFT };
