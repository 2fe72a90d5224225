import { messageOf } from '../model/errors.js';

/** Reads options by name; what cannot be read becomes a problem and its default. */
export class OptionReader<Name extends string> {
  constructor(
    private readonly raw: Readonly<Partial<Record<Name, string>>>,
    private readonly problems: string[],
    private readonly defaults: Readonly<Partial<Record<Name, string>>>,
  ) {}

  one<T>(option: Name, parse: (text: string) => T, fallback = this.defaults[option] ?? ''): T {
    try {
      return parse(this.raw[option] ?? fallback);
    } catch (error) {
      this.problems.push(`${flagOf(option)}: ${messageOf(error)}`);
      return parse(fallback);
    }
  }

  list<T>(option: Name, parse: (text: string) => T, words: { readonly all?: readonly T[] } = {}): T[] {
    const text = this.raw[option] ?? this.defaults[option] ?? '';
    const items = text.split(',').map((item) => item.trim());
    const values = items.flatMap((item) => (item === 'all' && words.all !== undefined ? words.all : this.item(option, item, parse)));
    return [...new Set(values)];
  }

  private item<T>(option: Name, text: string, parse: (text: string) => T): T[] {
    try {
      if (text === '') throw new Error('an empty item.');
      return [parse(text)];
    } catch (error) {
      this.problems.push(`${flagOf(option)}: ${messageOf(error)}`);
      return [];
    }
  }
}

/** `memoryPerWorker` → `--memory-per-worker`. */
export function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Throws for a text that is none of the known. */
export function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new Error(`Unknown ${what} "${text}"; known: ${known.join(', ')}.`);
  return found;
}

/** Throws for what is not a whole number within the limits. */
export function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${text}" is not a whole number from ${least} to ${most}.`);
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** The longest a timer of Node can wait, about 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** `500ms`, `300s`, `5m`, `1h`. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const value = Number(match?.[1]) * (DURATION_UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (value >= 1 && value <= MAX_TIMEOUT_MS) return value;
  throw new Error(`"${text}" is not a duration such as 500ms, 300s, 5m or 1h.`);
}

const BYTE_UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `512MB`, `1GB`, `2GiB`. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(MB|GB|MiB|GiB)$/.exec(text);
  const value = Math.round(Number(match?.[1]) * (BYTE_UNITS[match?.[2] ?? ''] ?? Number.NaN));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`"${text}" is not an amount of memory such as 512MB, 1GB or 2GiB.`);
}
