import { DAFT } from './daft.js';
import { EMATIX } from './ematix-recipe.js';
import type { InstallableEngine, Recipe } from './recipe.js';
import { SPARK } from './spark.js';
import { TRINO } from './trino.js';

export const RECIPES: Readonly<Record<InstallableEngine, Recipe>> = { spark: SPARK, trino: TRINO, daft: DAFT, ematix: EMATIX };
