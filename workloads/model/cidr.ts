/** An IPv4 range: `first` as a number of 32 bits, and how many of the bits are fixed. */
export interface Range {
  readonly first: number;
  readonly bits: number;
  /** Whether bits beyond the fixed ones are set: 10.0.0.7/16 rather than 10.0.0.0/16. */
  readonly isExact: boolean;
}

/** @returns undefined when the text is no IPv4 CIDR */
export function parseRange(text: string): Range | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.slice(0, 4).some((octet) => octet > 255) || (parts[4] ?? 0) > 32) return undefined;
  return rangeOf(text);
}

/** @param cidr known to be one */
export function rangeOf(cidr: string): Range {
  const [address = '', bits = '32'] = cidr.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(value / size) * size;
  return { first, bits: Number(bits), isExact: first === value };
}

export function cidrOf({ first, bits }: Range): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`;
}

function holds(outer: Range, inner: Range): boolean {
  return outer.bits <= inner.bits && Math.floor(inner.first / 2 ** (32 - outer.bits)) === Math.floor(outer.first / 2 ** (32 - outer.bits));
}

export const PRIVATE_RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const;
/** From which nothing reaches the public endpoint of a cluster. */
const NOT_ON_THE_INTERNET = [...PRIVATE_RANGES, '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'];

export const isPrivate = (range: Range): boolean => PRIVATE_RANGES.some((known) => holds(rangeOf(known), range));
export const isOffTheInternet = (range: Range): boolean => NOT_ON_THE_INTERNET.some((known) => holds(rangeOf(known), range));
