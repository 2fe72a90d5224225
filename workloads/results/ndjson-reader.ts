import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { resultRowSchema, type ResultRow } from '../model/result-row.js';
import { sessionRecordSchema, type SessionRecord } from '../model/session-record.js';
import { unitRecordSchema, type UnitRecord } from '../model/unit-timeline.js';

/**
 * All rows of a results file. A last line without its newline was torn by a crash and does not count; any
 * other line that is not a result row throws `configuration` naming file and line.
 */
export function readResultRows(path: string): ResultRow[] {
  return resultRowsOf(readText(path), path);
}

/** The same of a text; `place` is where it was read. */
export function resultRowsOf(text: string, place: string): ResultRow[] {
  return parseLines(text, resultRowSchema, 'result row', place);
}

/** The same of a file of unit records. */
export function readUnitRecords(path: string): UnitRecord[] {
  return unitRecordsOf(readText(path), path);
}

export function unitRecordsOf(text: string, place: string): UnitRecord[] {
  return parseLines(text, unitRecordSchema, 'unit record', place);
}

/** The same of a file of session records. */
export function readSessionRecords(path: string): SessionRecord[] {
  return sessionRecordsOf(readText(path), path);
}

export function sessionRecordsOf(text: string, place: string): SessionRecord[] {
  return parseLines(text, sessionRecordSchema, 'session record', place);
}

function parseLines<T>(text: string, schema: z.ZodType<T>, what: string, place: string): T[] {
  const lines = text.split('\n');
  // What follows the last newline: nothing in a sound file, the torn line otherwise.
  lines.pop();
  return lines.map((line, index) => parseStored(line, schema, what, `${place}, line ${index + 1}`));
}

/** One stored thing. Throws `configuration` naming its place for what is not one of this version. */
export function parseStored<T>(text: string, schema: z.ZodType<T>, what: string, place: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unreadable(what, place, messageOf(cause), cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`);
  throw unreadable(what, place, problems.slice(0, 3).join('; '), parsed.error);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new FlowbenchError('storage_read', `Cannot read the results "${path}" (${messageOf(cause)}).`, {
      remedy: 'Name the folder of a run, as "flowbench run" printed it.',
      cause,
    });
  }
}

function unreadable(what: string, place: string, why: string, cause: unknown): FlowbenchError {
  return new FlowbenchError('configuration', `${place} is not a ${what} of this version (${why}).`, {
    remedy: 'Use the flowbench version that wrote the run, or measure again.',
    cause,
  });
}
