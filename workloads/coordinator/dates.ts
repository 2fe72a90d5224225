const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a `YYYY-MM-DD` text; NaN for anything else, so that nothing is pruned on it. */
export function dayNumber(text: string): number {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return parts === null ? Number.NaN : Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) / DAY_MS;
}

/** The reverse of {@link dayNumber}. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
