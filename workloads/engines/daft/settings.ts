import { configurationError } from '../../model/errors.js';

/** What Daft runs its plans on; each is a series of its own. */
export const DAFT_VARIANTS = ['runner=ray', 'runner=native'] as const;
export type DaftVariant = (typeof DAFT_VARIANTS)[number];

/** Sets of settings: as Daft comes, and as we would set it for this data. */
export const DAFT_TIERS = ['default', 'tuned'] as const;
export type DaftTier = (typeof DAFT_TIERS)[number];

/** Share of its memory that Ray takes for its object store when nobody says otherwise. */
const OBJECT_STORE_SHARE = 0.3;

/**
 * Options of the driver, `daft.<name of an execution setting>`, as JSON.
 * Daft makes a partition of every file, and a shuffle writes as many pieces as partitions squared: with a file a
 * month that is 7,056 pieces. Files are put together to scans of 96 to 384 MB, of as many files as that takes.
 */
const TIER_OPTIONS: Readonly<Record<DaftTier, Readonly<Record<string, string>>>> = {
  default: {},
  tuned: { 'daft.enable_scan_task_split_and_merge': 'true', 'daft.max_sources_per_scan_task': '1000' },
};

/** Throws a configuration error for a variant that is neither. */
export function daftVariant(word: string): DaftVariant {
  const found = DAFT_VARIANTS.find((variant) => variant === word);
  if (found === undefined) throw configurationError([`Unknown variant "${word}".`], `Known variants: ${DAFT_VARIANTS.join(', ')}.`);
  return found;
}

/** Throws a configuration error for a tier there is not. */
export function daftTierOptions(word: string): Readonly<Record<string, string>> {
  const found = DAFT_TIERS.find((tier) => tier === word);
  if (found === undefined) throw configurationError([`Daft has no tier "${word}".`], `Its tiers: ${DAFT_TIERS.join(', ')}.`);
  return TIER_OPTIONS[found];
}

/** How Ray divides what it is given, as it does by itself: an object store, and the rest for its workers. */
export function rayMemory(bytes: number): { readonly objectStoreBytes: number; readonly workerBytes: number } {
  const objectStoreBytes = Math.floor(bytes * OBJECT_STORE_SHARE);
  return { objectStoreBytes, workerBytes: bytes - objectStoreBytes };
}
