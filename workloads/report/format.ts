/** How numbers and times read, the same in the page and in the Markdown. */
const ABSENT = '–';

/** `8.4 ms`, `240 ms`, `3.21 s`, `75.3 s`. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null) return ABSENT;
  if (durationMs < 10) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 1000) return `${durationMs.toFixed(0)} ms`;
  return durationMs < 10_000 ? `${(durationMs / 1000).toFixed(2)} s` : `${(durationMs / 1000).toFixed(1)} s`;
}

/** For columns whose head names the unit: `8.4`, `240`, `3,210`. */
export function formatMs(durationMs: number | null): string {
  if (durationMs === null) return ABSENT;
  return durationMs < 10 ? durationMs.toFixed(1) : groupThousands(durationMs.toFixed(0));
}

/** `1.24×`; with two digits from 10 on `12.4×`. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null) return ABSENT;
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(1)}×`;
}

export function formatPercent(share: number | null, digits = 0): string {
  return share === null ? ABSENT : `${(share * 100).toFixed(digits)} %`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units: 1 MB is 1,000,000 bytes. */
export function formatBytes(sizeBytes: number | null): string {
  if (sizeBytes === null) return ABSENT;
  const power = Math.min(BYTE_UNITS.length - 1, sizeBytes < 1 ? 0 : Math.floor(Math.log10(sizeBytes) / 3));
  const value = sizeBytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : value.toFixed(0)} ${BYTE_UNITS[power]}`;
}

/** Three significant digits: small runs cost fractions of a cent. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return ABSENT;
  return `$${usd === 0 ? '0' : usd >= 100 ? groupThousands(usd.toFixed(0)) : Number(usd.toPrecision(3)).toFixed(usd >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(usd))))}`;
}

export function formatCount(count: number): string {
  return groupThousands(String(count));
}

/** `Q1, Q2 and Q3`. */
export function formatList(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** `1 query`, `22 queries`: the plural is given, English has no rule that never fails. */
export function plural(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function groupThousands(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
