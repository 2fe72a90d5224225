import * as z from 'zod';
import { workerMetricsSchema } from './worker-metrics.js';
import { workUnitV2Schema } from './work-unit.js';

/**
 * How a warm pod and the coordinator talk: HTTP, JSON, `Authorization: Bearer <token of the run>`. The pod
 * always calls; the coordinator answers. Any failure of a call is tried again by the pod with jitter, as the
 * coordinator may be restarted under it.
 */
export const WARM_PATHS = {
  /** Ask for work and wait for it at most {@link NEXT_WAIT_MS}; also a sign of life. */
  next: '/v1/next',
  /** A sign of life while a unit runs; the answer may be to stop it. */
  alive: '/v1/alive',
  /** The report on a unit. */
  done: '/v1/done',
} as const;

export const NEXT_WAIT_MS = 20_000;
export const ALIVE_EVERY_MS = 2_000;
/** A pod that was not heard of for so long while it had a unit is lost. */
export const LOST_AFTER_MS = 10_000;
/** A pod whose coordinator does not answer for so long ends itself. */
export const GIVE_UP_AFTER_MS = 180_000;

export const podIdentitySchema = z.strictObject({
  run_id: z.string(),
  index: z.int().nonnegative(),
  pod: z.string(),
  pod_uid: z.string(),
  node: z.string(),
});
export type PodIdentity = z.infer<typeof podIdentitySchema>;

/** `next` → 200 with this, 204 for nothing yet, 410 when the run needs no pod any more (exit 0), 403 for a token of another run. */
export const nextAnswerSchema = z.strictObject({ unit: workUnitV2Schema, timeout_ms: z.number().positive() });
export type NextAnswer = z.infer<typeof nextAnswerSchema>;

export const aliveRequestSchema = z.strictObject({ ...podIdentitySchema.shape, unit_id: z.string() });
export const aliveAnswerSchema = z.strictObject({ stop: z.boolean() });

/** `done` → 204, also when it was told before. */
export const doneRequestSchema = z.strictObject({ ...podIdentitySchema.shape, unit_id: z.string(), metrics: workerMetricsSchema });
export type DoneRequest = z.infer<typeof doneRequestSchema>;
