import * as z from 'zod';
import { recordedPlaceSchema } from '../model/run-record.js';
import { campaignOptionsSchema } from './options.js';

/** What a run record keeps in `config`, so that the run can be gone on with and nothing else. */
export const storedConfigSchema = z.strictObject({
  options: campaignOptionsSchema,
  /** Of the manifest as it was parsed, to notice one that was edited since. */
  manifest_sha256: z.string(),
  answers_sha256: z.string(),
  /** Where workers ran; null for the coordinator's own machine. */
  place: recordedPlaceSchema.nullable(),
});
export type StoredConfig = z.infer<typeof storedConfigSchema>;
