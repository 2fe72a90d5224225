import * as z from 'zod';

/** Ms since the coordinator handed the unit over, on the coordinator's own clock; null where it was not seen. */
const at = z.number().nonnegative().nullable();

/**
 * One unit on its way through the cluster, as the coordinator noticed it: no pod's clock is trusted, so that
 * pods whose clocks differ by minutes give the same numbers.
 */
export const unitTimelineSchema = z.strictObject({
  pod: z.string().nullable(),
  pod_uid: z.string().nullable(),
  node: z.string().nullable(),
  /** The API server had taken the Job (0 for a warm pod, which is there already). */
  created_ms: at,
  scheduled_ms: at,
  /** The image was on the node. */
  pulled_ms: at,
  /** The container ran, or the warm pod had the unit. */
  started_ms: at,
  /** The worker had ended, by the pod's status, or had reported. */
  finished_ms: at,
  /** Its report was read and believed. */
  collected_ms: at,
});
export type UnitTimeline = z.infer<typeof unitTimelineSchema>;

/** A line of `units.jsonl` beside the result rows: one unit of one repetition. */
export const unitRecordSchema = z.strictObject({
  run_id: z.string(),
  cell_id: z.string(),
  query: z.string(),
  repetition: z.int().positive(),
  stage: z.int(),
  unit_id: z.string(),
  attempts: z.int(),
  ...unitTimelineSchema.shape,
  /** Of the worker's own report, ms. */
  executed_ms: z.number().nullable(),
  uploaded_ms: z.number().nullable(),
  /** Ms since the query's text was handed over: when the unit's partial was part of the coordinator's merge. */
  merged_ms: at,
});
export type UnitRecord = z.infer<typeof unitRecordSchema>;
