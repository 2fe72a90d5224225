import { createHash } from 'node:crypto';
import { answerSchema, type Answer } from '../model/answer.js';
import { FlowbenchError } from '../model/errors.js';
import type { DatasetHandle } from '../model/manifest.js';
import type { QueryId } from '../model/queries.js';
import { parseJson, readTextIfPresent } from './json-file.js';
import { issuesOf } from './load.js';
import { answerPath } from './paths.js';

/** The fingerprint by which an answer names the text it answers. */
export function querySha256(queryText: string): string {
  return createHash('sha256').update(queryText).digest('hex');
}

/**
 * The stored answer to `queryText` over this dataset. Throws `answers_missing`, or `dataset_invalid` when
 * the file is damaged or answers something else: other data, another scale factor, another text.
 */
export async function loadAnswer(handle: DatasetHandle, query: QueryId, queryText: string): Promise<Answer> {
  const path = answerPath(handle.uri, query);
  const text = await readTextIfPresent(path);
  if (text === null) {
    throw new FlowbenchError('answers_missing', `There is no stored answer of ${query} at ${path}.`, {
      remedy: `Run "flowbench dataset adopt ${handle.uri} --sf ${handle.manifest.scale_factor}" to compute the answers.`,
    });
  }
  const parsed = answerSchema.safeParse(parseJson(path, text));
  if (!parsed.success) throw new FlowbenchError('dataset_invalid', `${path} does not fit the answer's schema: ${issuesOf(parsed.error)}.`);
  const mismatch = mismatchOf(parsed.data, handle, query, queryText);
  if (mismatch !== null) {
    throw new FlowbenchError('dataset_invalid', `${path} ${mismatch}.`, { remedy: 'Compute the answers again with "flowbench dataset adopt".' });
  }
  return parsed.data;
}

/** What an answer is an answer to, if not to this query over this dataset; null when it fits. */
function mismatchOf(answer: Answer, { manifest }: DatasetHandle, query: QueryId, queryText: string): string | null {
  if (answer.scale_factor !== manifest.scale_factor) {
    return `holds answers of another scale factor (${answer.scale_factor} instead of ${manifest.scale_factor})`;
  }
  if (answer.dataset_id !== manifest.dataset_id) return `holds answers over another dataset (${answer.dataset_id} instead of ${manifest.dataset_id})`;
  if (answer.query !== query) return `holds the answer of ${answer.query} instead of ${query}`;
  if (answer.query_sha256 !== querySha256(queryText)) return `holds the answer to another text of ${query}`;
  if (answer.row_count > answer.result.rows.length) {
    return `holds ${answer.result.rows.length} rows of ${query} where the answer has ${answer.row_count}`;
  }
  return null;
}
