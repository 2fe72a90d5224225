import { readFileSync } from 'node:fs';
import { FlowbenchError, messageOf } from '../model/errors.js';
import { resultRowSchema, type ResultRow } from '../model/result-row.js';

/**
 * All rows of a results file. A last line without its newline was torn by a crash and does not count; any
 * other line that is not a result row throws `configuration` naming file and line.
 */
export function readResultRows(path: string): ResultRow[] {
  const lines = readText(path).split('\n');
  // What follows the last newline: nothing in a sound file, the torn line otherwise.
  lines.pop();
  return lines.map((line, index) => parseRow(line, `${path}, line ${index + 1}`));
}

function parseRow(line: string, place: string): ResultRow {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw unreadable(place, messageOf(cause), cause);
  }
  const parsed = resultRowSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`);
  throw unreadable(place, problems.slice(0, 3).join('; '), parsed.error);
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

function unreadable(place: string, why: string, cause: unknown): FlowbenchError {
  return new FlowbenchError('configuration', `${place} is not a result row of this version (${why}).`, {
    remedy: 'Use the flowbench version that wrote the run, or measure again.',
    cause,
  });
}
