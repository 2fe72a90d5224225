import type { Answer } from '../model/answer.js';
import { FlowbenchError } from '../model/errors.js';
import type { ColumnType, Row, TypedRows } from '../model/typed-rows.js';
import type { AnswerPolicy } from '../tpch/answer-policy.js';
import { compareValues, isExactClass, lookupText, typeProblem, valuesMatch, type ColumnPair, type Level } from './compare-values.js';
import { resultHash } from './result-hash.js';

/** Part of the protocol: verdicts of different gates are not compared. */
export const GATE_VERSION = 1;

export interface GateVerdict {
  /** Keys, counts, strings, dates and decimal sums equal; averages and ratios to the scale returned. */
  readonly strictOk: boolean;
  /** Passes TPC-H's own tolerances (clause 2.1.3.5). */
  readonly specOk: boolean;
  /** The first few differences, each with row, column and both values. */
  readonly problems: readonly string[];
}

const PROBLEMS_SHOWN = 5;

/** Compares one result with the stored answer; for many results of one query keep an {@link AnswerGate}. */
export function checkAnswer(rows: TypedRows, answer: Answer, policy: AnswerPolicy): GateVerdict {
  return new AnswerGate(answer, policy).check(rows);
}

/**
 * The gate of one query. A LIMIT query's answer also holds the rows that tie with the last one, so any
 * choice among them passes: the result must be taken from the answer's rows (each at most as often as it
 * is there), have the answer's count, and show the oracle's sequence of sort keys. Without LIMIT the same
 * rule says: equal as multisets and in the query's order.
 */
export class AnswerGate {
  private storedHash: string | null = null;

  /** Throws `dataset_invalid` when the stored answer is not one to this query. */
  constructor(
    private readonly answer: Answer,
    private readonly policy: AnswerPolicy,
  ) {
    const stored = answer.result.columns.map((column) => column.name.toLowerCase()).join(', ');
    const wanted = policy.columns.map((column) => column.name.toLowerCase()).join(', ');
    const surplus = answer.result.rows.length - answer.row_count;
    if (stored === wanted && surplus >= 0 && (surplus === 0 || policy.limit !== null)) return;
    throw new FlowbenchError('dataset_invalid', `The stored answer of ${answer.query} has columns (${stored}) and ${answer.result.rows.length} rows for ${answer.row_count}; the query has (${wanted}).`, {
      remedy: 'Make the answers of the dataset again.',
    });
  }

  check(rows: TypedRows): GateVerdict {
    if (this.isIdentical(rows)) return { strictOk: true, specOk: true, problems: [] };
    const shape = shapeProblem(rows, this.answer);
    if (shape !== null) return { strictOk: false, specOk: false, problems: [shape] };
    const columns = this.pair(rows);
    const typeProblems = columns.map(typeProblem).filter((problem) => problem !== null);
    if (typeProblems.some((problem) => problem.level === 'spec')) {
      return { strictOk: false, specOk: false, problems: typeProblems.map((problem) => problem.text) };
    }
    const strictProblems = [...typeProblems.map((problem) => problem.text), ...this.differences(rows.rows, columns, 'strict')];
    const strictOk = strictProblems.length === 0;
    const specOk = strictOk || this.differences(rows.rows, columns, 'spec').length === 0;
    return { strictOk, specOk, problems: strictProblems.slice(0, PROBLEMS_SHOWN) };
  }

  /** The result's hash, for spotting change over time; it decides nothing. */
  hash(rows: TypedRows): string {
    if (!this.isIdentical(rows)) return resultHash(rows);
    this.storedHash ??= resultHash(rows);
    return this.storedHash;
  }

  /** Same types and text in the same order: the common case, found without parsing a number. */
  private isIdentical(rows: TypedRows): boolean {
    const { columns, rows: expected } = this.answer.result;
    return (
      rows.rows.length === this.answer.row_count &&
      rows.columns.length === columns.length &&
      rows.columns.every((column, index) => sameColumn(column, columns[index])) &&
      rows.rows.every((row, index) => sameRow(row, expected[index]))
    );
  }

  private pair(rows: TypedRows): ColumnPair[] {
    return this.answer.result.columns.map((column, index) => ({
      name: column.name,
      class: this.policy.columns[index]?.class ?? 'key',
      got: rows.columns[index]?.type ?? column.type,
      expected: column.type,
    }));
  }

  private differences(rows: readonly Row[], columns: readonly ColumnPair[], level: Level): string[] {
    const expected = this.answer.result.rows;
    if (rows.length !== this.answer.row_count) {
      const first = rows.findIndex((row, index) => firstDifference(columns, level, row, expected[index]) !== null);
      const place = first < 0 ? '' : `; ${describe(columns, level, first, rows[first], expected[first])}`;
      return [`${rows.length} rows, expected ${this.answer.row_count}${place}`];
    }
    if (rows.every((row, index) => firstDifference(columns, level, row, expected[index]) === null)) return [];
    return [...this.orderProblems(rows, columns, level), ...strangers(rows, expected, columns, level)];
  }

  /** The oracle's sequence of sort keys, and in order by its own values, which tolerances alone do not ask for. */
  private orderProblems(rows: readonly Row[], columns: readonly ColumnPair[], level: Level): string[] {
    const keys = this.policy.orderBy.map(({ column: name, direction }) => ({ index: columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase()), direction }));
    for (const [place, row] of rows.entries()) {
      const expected = this.answer.result.rows[place] ?? [];
      for (const { index } of keys) {
        const column = columns[index];
        if (column === undefined || valuesMatch(column, level, row[index] ?? null, expected[index] ?? null)) continue;
        return [`row ${place + 1} is not in the query's order: column "${column.name}" is ${show(row[index] ?? null)}, expected ${show(expected[index] ?? null)}`];
      }
      const previous = rows[place - 1];
      if (previous !== undefined && isBefore(row, previous, keys, columns)) return [`row ${place + 1} is not in the query's order: it belongs before row ${place}`];
    }
    return [];
  }
}

/** Whether `row` sorts strictly before `other` by its own values. */
function isBefore(row: Row, other: Row, keys: readonly { index: number; direction: 'asc' | 'desc' }[], columns: readonly ColumnPair[]): boolean {
  for (const { index, direction } of keys) {
    const column = columns[index];
    const order = column === undefined ? 0 : compareValues(column.got, row[index] ?? null, other[index] ?? null);
    if (order === null) return false;
    if (order !== 0) return direction === 'asc' ? order < 0 : order > 0;
  }
  return false;
}

/** Rows of the result that the answer does not hold, or not that often. */
function strangers(rows: readonly Row[], expected: readonly Row[], columns: readonly ColumnPair[], level: Level): string[] {
  const unused = new Map<string, Row[]>();
  for (const row of expected) {
    const key = lookupKey(columns, 'expected', row);
    const list = unused.get(key);
    if (list === undefined) unused.set(key, [row]);
    else list.push(row);
  }
  const problems: string[] = [];
  for (const [place, row] of rows.entries()) {
    const candidates = unused.get(lookupKey(columns, 'got', row)) ?? [];
    const found = candidates.findIndex((candidate) => firstDifference(columns, level, row, candidate) === null);
    if (found >= 0) candidates.splice(found, 1);
    else problems.push(describe(columns, level, place, row, candidates[0] ?? expected[place]));
    if (problems.length >= PROBLEMS_SHOWN) break;
  }
  return problems;
}

function lookupKey(columns: readonly ColumnPair[], side: 'got' | 'expected', row: Row): string {
  return JSON.stringify(columns.flatMap((column, index) => (isExactClass(column) ? [lookupText(column[side], row[index] ?? null)] : [])));
}

/** Index of the first column in which the rows differ; null for none, 0 when there is nothing to compare with. */
function firstDifference(columns: readonly ColumnPair[], level: Level, got: Row, expected: Row | undefined): number | null {
  if (expected === undefined) return 0;
  const index = columns.findIndex((column, at) => !valuesMatch(column, level, got[at] ?? null, expected[at] ?? null));
  return index < 0 ? null : index;
}

function describe(columns: readonly ColumnPair[], level: Level, place: number, got: Row | undefined, expected: Row | undefined): string {
  if (got === undefined || expected === undefined) return `row ${place + 1} is not in the answer: ${JSON.stringify(got ?? null)}`;
  const index = firstDifference(columns, level, got, expected);
  // The row itself is in the answer, but more often here than there.
  if (index === null) return `row ${place + 1} is there too often: ${JSON.stringify(got)}`;
  return `row ${place + 1}, column "${columns[index]?.name}": got ${show(got[index] ?? null)}, expected ${show(expected[index] ?? null)}`;
}

function show(value: string | null): string {
  return value === null ? 'NULL' : JSON.stringify(value).slice(1, -1);
}

function shapeProblem(rows: TypedRows, answer: Answer): string | null {
  const got = rows.columns.map((column) => column.name.toLowerCase()).join(', ');
  const expected = answer.result.columns.map((column) => column.name.toLowerCase()).join(', ');
  if (got !== expected) return `columns are (${got}), expected (${expected})`;
  const uneven = rows.rows.findIndex((row) => row.length !== rows.columns.length);
  return uneven < 0 ? null : `row ${uneven + 1} has ${rows.rows[uneven]?.length} values for ${rows.columns.length} columns`;
}

function sameColumn(a: { name: string; type: ColumnType }, b: { name: string; type: ColumnType } | undefined): boolean {
  if (b === undefined || a.name !== b.name || a.type.kind !== b.type.kind) return false;
  return a.type.kind !== 'decimal' || b.type.kind !== 'decimal' || a.type.scale === b.type.scale;
}

function sameRow(a: Row, b: Row | undefined): boolean {
  // NaN is text here and must never pass as equal to itself.
  return b !== undefined && a.length === b.length && a.every((value, index) => value === b[index] && !(value === 'NaN' || value === 'Infinity' || value === '-Infinity'));
}
