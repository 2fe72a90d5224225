import Table from 'cli-table3';

/** One of the numbers this program exists for. */
export interface Measurement {
  /** Key in the closing JSON line. */
  readonly key: string;
  readonly what: string;
  readonly value: number;
  readonly unit: 'x' | 'ms' | 'share';
  readonly limit: { readonly kind: 'at_most' | 'at_least'; readonly value: number };
}

const DIGITS: Readonly<Record<Measurement['unit'], number>> = { x: 3, ms: 1, share: 4 };

export function isWithinLimit({ value, limit }: Measurement): boolean {
  return limit.kind === 'at_most' ? value <= limit.value : value >= limit.value;
}

export function renderMeasurements(measurements: readonly Measurement[]): string {
  const table = new Table({ head: ['Measured', 'Value', 'Limit', ''], style: { head: [], border: [] }, colAligns: ['left', 'right', 'right', 'left'] });
  for (const measurement of measurements) {
    const { what, value, unit, limit } = measurement;
    table.push([what, show(value, unit), `${limit.kind === 'at_most' ? '≤' : '≥'} ${show(limit.value, unit)}`, isWithinLimit(measurement) ? 'ok' : 'MISSED']);
  }
  return table.toString();
}

function show(value: number, unit: Measurement['unit']): string {
  if (unit === 'share') return value.toFixed(3);
  return unit === 'x' ? `${value.toFixed(2)} ×` : `${value.toFixed(1)} ms`;
}

/** The line other programs read: one JSON object, nothing but numbers. */
export function jsonLine(measurements: readonly Measurement[]): string {
  return JSON.stringify(Object.fromEntries(measurements.map(({ key, value, unit }) => [key, Number(value.toFixed(DIGITS[unit]))])));
}

/** A plain table of text: first column left, the rest right. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true }, colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')) });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
