import type { ColumnType } from '../model/typed-rows.js';
import type { ColumnClass } from '../tpch/answer-policy.js';
import { atMost, canonicalText, distance, equalValue, parseExact, roundTo, type ExactNumber } from './exact-number.js';

/** `strict` is the project's own rule, `spec` that of TPC-H, made for qualifying at scale factor 1. */
export type Level = 'strict' | 'spec';

/** One column on both sides. */
export interface ColumnPair {
  readonly name: string;
  readonly class: ColumnClass;
  readonly got: ColumnType;
  readonly expected: ColumnType;
}

/** Averages and ratios of doubles, and sums over columns that are double in the dataset itself. */
const RELATIVE_TOLERANCE = 1e-9;
/** An oracle's double that stands for a value exactly between two decimals may lie on either side of it. */
const DOUBLE_NOISE = 1e-12;
const SPEC_SUM_DISTANCE: ExactNumber = { units: 100n, scale: 0 };
const SPEC_DIGITS = 2;
/** TPC-H has money to the cent: an average with fewer digits is no rounded average, it lost its scale. */
const SMALLEST_SCALE = 2;

export function isNumeric(type: ColumnType): boolean {
  return type.kind === 'integer' || type.kind === 'decimal' || type.kind === 'double';
}

/** Columns whose values must be the same at every level, by which rows can be looked up. */
export function isExactClass(column: ColumnPair): boolean {
  return column.class === 'key' || column.class === 'count';
}

/** Why the types alone make the column wrong, at which level, or null. */
export function typeProblem(column: ColumnPair): { readonly level: Level; readonly text: string } | null {
  const { got, expected } = column;
  if (isNumeric(got) !== isNumeric(expected) || (!isNumeric(got) && got.kind !== expected.kind)) {
    return { level: 'spec', text: `column "${column.name}" is ${typeText(got)}, expected ${typeText(expected)}` };
  }
  if (digitsOf(got) < Math.min(digitsOf(expected), SMALLEST_SCALE)) {
    return { level: 'strict', text: `column "${column.name}" lost its scale: it is ${typeText(got)}, expected ${typeText(expected)}` };
  }
  return null;
}

/** Digits after the point that a type can hold. */
function digitsOf(type: ColumnType): number {
  if (type.kind === 'decimal') return type.scale;
  return type.kind === 'double' ? Number.POSITIVE_INFINITY : 0;
}

export function typeText(type: ColumnType): string {
  return type.kind === 'decimal' ? `DECIMAL(${type.precision},${type.scale})` : type.kind;
}

/** Whether a value passes for the expected one. NULL equals only NULL; NaN and infinities equal nothing. */
export function valuesMatch(column: ColumnPair, level: Level, got: string | null, expected: string | null): boolean {
  if (got === null || expected === null) return got === expected;
  if (!isNumeric(column.expected)) return got === expected;
  const a = parseExact(got);
  const b = parseExact(expected);
  if (a === null || b === null) return false;
  return strictMatch(column, a, b) || (level === 'spec' && specMatch(column, a, b));
}

function strictMatch(column: ColumnPair, got: ExactNumber, expected: ExactNumber): boolean {
  if (equalValue(got, expected)) return true;
  switch (column.class) {
    case 'key':
    case 'count':
      return false;
    case 'sum':
    case 'exact_sum':
      return column.expected.kind === 'double' && withinRelative(got, expected, RELATIVE_TOLERANCE);
    case 'avg':
    case 'ratio':
      return averagesMatch(column.got, got, expected);
  }
}

/** A decimal average is right when it is the true value rounded to the scale the engine returned. */
function averagesMatch(type: ColumnType, got: ExactNumber, expected: ExactNumber): boolean {
  if (type.kind !== 'decimal') return withinRelative(got, expected, RELATIVE_TOLERANCE);
  const halfUnit: ExactNumber = { units: 5n, scale: type.scale + 1 };
  const apart = distance(got, expected);
  if (atMost(apart, halfUnit)) return true;
  return toNumber(apart) - toNumber(halfUnit) <= DOUBLE_NOISE * Math.abs(toNumber(expected));
}

function specMatch(column: ColumnPair, got: ExactNumber, expected: ExactNumber): boolean {
  switch (column.class) {
    case 'key':
    case 'count':
    case 'exact_sum':
      return false;
    case 'sum':
      return atMost(distance(got, expected), SPEC_SUM_DISTANCE);
    case 'avg':
    case 'ratio': {
      const printed = roundTo(expected, SPEC_DIGITS);
      const onePercent: ExactNumber = { units: printed.units < 0n ? -printed.units : printed.units, scale: printed.scale + 2 };
      return atMost(distance(roundTo(got, SPEC_DIGITS), printed), onePercent);
    }
  }
}

function withinRelative(a: ExactNumber, b: ExactNumber, tolerance: number): boolean {
  const largest = Math.max(Math.abs(toNumber(a)), Math.abs(toNumber(b)));
  return toNumber(distance(a, b)) <= tolerance * largest;
}

function toNumber(value: ExactNumber): number {
  return Number(`${value.units}e-${value.scale}`);
}

/** The same text for values that are equal, whatever their types; for looking rows up. */
export function lookupText(type: ColumnType, value: string | null): string {
  if (value === null) return '\u0000null';
  const exact = isNumeric(type) ? parseExact(value) : null;
  return exact === null ? value : canonicalText(exact);
}

/** Negative, 0 or positive as `a` sorts before, with or after `b`; null where only one is NULL, which has no place of its own. */
export function compareValues(type: ColumnType, a: string | null, b: string | null): number | null {
  if (a === b) return 0;
  if (a === null || b === null) return null;
  const exactA = isNumeric(type) ? parseExact(a) : null;
  const exactB = isNumeric(type) ? parseExact(b) : null;
  if (exactA === null || exactB === null) return a < b ? -1 : 1;
  if (equalValue(exactA, exactB)) return 0;
  return atMost(exactA, exactB) ? -1 : 1;
}
