/** An IPv4 block as a number range. */
export interface Cidr {
  readonly address: number;
  readonly prefix: number;
}

/** @returns undefined when the text is no IPv4 CIDR */
export function parseCidr(text: string): Cidr | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (parts === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = parts.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  return { address: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

/** Whether the address is the first of its block, as AWS asks of a network. */
export const startsItsBlock = ({ address, prefix }: Cidr): boolean => address % 2 ** (32 - prefix) === 0;

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'];

const contains = (outer: Cidr, inner: Cidr): boolean => outer.prefix <= inner.prefix && Math.floor(inner.address / 2 ** (32 - outer.prefix)) === Math.floor(outer.address / 2 ** (32 - outer.prefix));

/** Whether no packet from the internet can come from here. */
export const isPrivate = (cidr: Cidr): boolean => PRIVATE.map(parseCidr).some((block) => block !== undefined && contains(block, cidr));
