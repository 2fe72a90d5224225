import { configurationError } from '../model/errors.js';
import type { Manifest } from '../model/manifest.js';
import type { Precision } from './contract.js';

/** Series of an engine that can keep Parquet footers between queries, or read them again each time. */
export const METADATA_CACHE_VARIANTS = ['metadata-cache=off', 'metadata-cache=on'] as const;

/** Throws a configuration error for a variant that is neither. */
export function usesMetadataCache(variant: string): boolean {
  const position = METADATA_CACHE_VARIANTS.findIndex((known) => known === variant);
  if (position < 0) throw configurationError([`Unknown variant "${variant}".`], `Known variants: ${METADATA_CACHE_VARIANTS.join(', ')}.`);
  return position === 1;
}

/** What an engine that computes decimals exactly can promise over this dataset. */
export function precisionOf(manifest: Manifest): Precision {
  return manifest.numeric === 'decimal' ? { kind: 'exact' } : { kind: 'double', why: 'the money and quantity columns of this dataset are DOUBLE' };
}
