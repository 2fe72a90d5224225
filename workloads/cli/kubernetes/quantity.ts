const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** `13906Mi` → bytes; null for what is no whole amount of memory as Kubernetes writes it. */
export function bytesOf(quantity: string): number | null {
  const [, amount = '', unit = ''] = /^(\d+)(|k|[MG]|[KMG]i)$/.exec(quantity) ?? [];
  const bytes = amount === '' ? 0 : Number(amount) * (BYTE_UNITS[unit] ?? 0);
  return bytes > 0 ? bytes : null;
}

/** `3700m` → 3.7, `4` → 4; null for what is no number of processors. */
export function cpusOf(quantity: string): number | null {
  const [, amount = '', milli = ''] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity) ?? [];
  const cpus = amount === '' ? 0 : Number(amount) / (milli === 'm' ? 1_000 : 1);
  return cpus > 0 ? cpus : null;
}
