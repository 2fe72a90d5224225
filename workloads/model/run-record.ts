import * as z from 'zod';

/** Who made the numbers of a run, with what, from which code: enough to repeat it or to refuse to publish it. */
export const runRecordSchema = z.strictObject({
  record_version: z.literal(1),
  run_id: z.string(),
  created_at: z.iso.datetime(),
  flowbench_version: z.string(),
  git_sha: z.string().nullable(),
  /** Null when the revision is unknown, which counts as dirty. */
  git_dirty: z.boolean().nullable(),
  /** True for a dirty tree or unknown revision: such numbers are shown, never published. */
  exploratory: z.boolean(),
  config_hash: z.string(),
  config: z.record(z.string(), z.unknown()),
  dataset_id: z.string(),
  dataset_uri: z.string(),
  scale_factor: z.number(),
  protocol_id: z.string(),
  image_digests: z.record(z.string(), z.string()),
  prices: z
    .strictObject({
      node_shape: z.string(), region: z.string(), purchase: z.string(), as_of: z.iso.date(),
      instance_usd_per_hour: z.number(), control_plane_usd_per_hour: z.number(),
    })
    .nullable(),
  host: z.strictObject({ hostname: z.string(), platform: z.string(), cpus: z.int(), cpu_model: z.string(), memory_bytes: z.int(), node_version: z.string() }),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Where the workers of a run were, as its `config` keeps it under `place`. */
export const recordedPlaceSchema = z.strictObject({ node_shape: z.string(), cluster_id: z.string() });
export type RecordedPlace = z.infer<typeof recordedPlaceSchema>;

/** Null for a run whose workers were processes of the coordinator's own machine. */
export function recordedPlace(record: RunRecord): RecordedPlace | null {
  const parsed = recordedPlaceSchema.safeParse(record.config['place']);
  return parsed.success ? parsed.data : null;
}
