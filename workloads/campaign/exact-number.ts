/** A number without rounding: units ÷ 10^scale. Money must never pass through floating point. */
export interface ExactNumber {
  readonly units: bigint;
  readonly scale: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** Reads integers, decimals and doubles in canonical text; null for NaN, infinities and anything else. */
export function parseExact(text: string): ExactNumber | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const units = BigInt(`${sign}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function unitsAt(value: ExactNumber, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

/** |a − b|, exactly. */
export function distance(a: ExactNumber, b: ExactNumber): ExactNumber {
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return { units: difference < 0n ? -difference : difference, scale };
}

/** a ≤ b, by value. */
export function atMost(a: ExactNumber, b: ExactNumber): boolean {
  const scale = Math.max(a.scale, b.scale);
  return unitsAt(a, scale) <= unitsAt(b, scale);
}

export function equalValue(a: ExactNumber, b: ExactNumber): boolean {
  return distance(a, b).units === 0n;
}

/** Rounded to `digits` after the point, half away from zero. */
export function roundTo(value: ExactNumber, digits: number): ExactNumber {
  if (value.scale <= digits) return value;
  const divisor = 10n ** BigInt(value.scale - digits);
  const half = divisor / 2n;
  const units = value.units < 0n ? -((-value.units + half) / divisor) : (value.units + half) / divisor;
  return { units, scale: digits };
}

/** The same text for the same value: `1.50` and `1.5` give `15e-1`. */
export function canonicalText(value: ExactNumber): string {
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return `${units}e-${scale}`;
}
