/**
 * The tags that everything deployed carries, and what they decide: whose it is, and when it may go. Written by
 * the infrastructure, read by the janitor and by teardown; both sides import the names from here.
 */
export const TAG_KEYS = ['Project', 'Owner', 'MaxLifetimeHours', 'Lifecycle', 'CreatedAt', 'ExpiresAt'] as const;
export type TagKey = (typeof TAG_KEYS)[number];

/** `ephemeral` is deleted when it expires; `retained` never is, by a program. */
export const LIFECYCLES = ['ephemeral', 'retained'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

/** Hours an ephemeral stack may be asked to live. */
export const EPHEMERAL_HOURS = { least: 1, most: 168, byDefault: 8 } as const;
export const RETAINED_HOURS = { least: 1, most: 87_600, byDefault: 8_760 } as const;

/** Characters AWS takes in a tag's value, at most 256 of them. */
export const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

/** The same facts on Kubernetes objects. A label's value takes fewer characters than a tag's. */
export const LABEL_KEYS: Readonly<Record<TagKey, string>> = {
  Project: 'flowbench/project',
  Owner: 'flowbench/owner',
  MaxLifetimeHours: 'flowbench/max-lifetime-hours',
  Lifecycle: 'flowbench/lifecycle',
  CreatedAt: 'flowbench/created-at',
  ExpiresAt: 'flowbench/expires-at',
};

/** `someone@example.org` → `someone-example.org`: at most 63 of letters, digits, `-_.`, ending in a letter or digit. */
export function labelValue(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 63).replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** What the tags of one resource say of it at a moment. */
export type Standing =
  /** No Project tag of ours: somebody else's, never touched. */
  | 'foreign'
  | 'retained'
  | 'alive'
  | 'expired'
  /** Ours, but the tags contradict themselves or lack a date: reported, never deleted. */
  | 'unreadable';

/**
 * @param tags as AWS returns them, key → value
 * @param project the project asked about; another project's resources are foreign
 */
export function standingOf(tags: Readonly<Record<string, string | undefined>>, project: string, nowMs: number): Standing {
  if (tags.Project !== project) return 'foreign';
  if (tags.Lifecycle === 'retained') return 'retained';
  const expiresAtMs = Date.parse(tags.ExpiresAt ?? '');
  if (tags.Lifecycle !== 'ephemeral' || Number.isNaN(expiresAtMs)) return 'unreadable';
  return expiresAtMs <= nowMs ? 'expired' : 'alive';
}
