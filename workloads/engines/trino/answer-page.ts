import * as z from 'zod';
import { FlowbenchError } from '../../model/errors.js';
import { parseExactJson } from './exact-json.js';

/** Counts arrive as digits where they are long (see exact-json.ts). */
const count = z.coerce.number();

/** The engine's account of a query; of the last page, of all of it. */
const statsSchema = z.object({
  state: z.string(),
  nodes: count,
  totalSplits: count,
  cpuTimeMillis: count,
  elapsedTimeMillis: count,
  physicalInputBytes: count.optional(),
  processedBytes: count,
  internalNetworkInputBytes: count.optional(),
  peakMemoryBytes: count,
});
export type TrinoStats = z.infer<typeof statsSchema>;

/** One answer of `/v1/statement`: unknown fields are the engine's own business. */
const pageSchema = z.object({
  id: z.string(),
  infoUri: z.string().optional(),
  nextUri: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).optional(),
  // Checked value by value when it is decoded.
  data: z.custom<readonly (readonly unknown[])[]>((value) => Array.isArray(value)).optional(),
  stats: statsSchema,
  error: z.object({ message: z.string().optional().default('no message'), errorName: z.string(), errorType: z.string(), failureInfo: z.unknown().optional() }).optional(),
});
export type AnswerPage = z.infer<typeof pageSchema>;

/** Reads one page. Throws `query_failed` for what is none. */
export function readPage(text: string): AnswerPage {
  let content: unknown;
  try {
    content = parseExactJson(text);
  } catch (cause) {
    throw new FlowbenchError('query_failed', `What answers as Trino sent no JSON: ${text.slice(0, 200)}`, { cause });
  }
  const page = pageSchema.safeParse(content);
  if (page.success) return page.data;
  const [issue] = page.error.issues;
  throw new FlowbenchError('query_failed', `What answers as Trino sent a page that is none: ${issue?.path.join('.')}: ${issue?.message}.`);
}
