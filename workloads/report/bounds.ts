import type { Bound } from './model/types.js';
import type { BoundOf } from './model/sections.js';

const UNKNOWN: Bound = { kind: 'unknown', why: 'the manifest of the dataset was not at hand.' };

export function noBounds(): BoundOf {
  return () => UNKNOWN;
}
