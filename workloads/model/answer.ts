import * as z from 'zod';
import { typedRowsSchema } from './typed-rows.js';

/** The stored answer of one query over one dataset, by the oracle. */
export const answerSchema = z.strictObject({
  answer_version: z.literal(1),
  dataset_id: z.string(),
  scale_factor: z.number().positive(),
  query: z.string(),
  /** sha256 of the query text that was run, so that an answer to another text is never used. */
  query_sha256: z.string(),
  oracle: z.string(),
  /** Rows the query returns (after its LIMIT). */
  row_count: z.int().nonnegative(),
  /** In the query's order; for a LIMIT query all rows that tie with the last one are included. */
  result: typedRowsSchema,
});
export type Answer = z.infer<typeof answerSchema>;
