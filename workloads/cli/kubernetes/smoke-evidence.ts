import * as z from 'zod';
import { resultRowSchema } from '../../model/result-row.js';
import { unitRecordSchema } from '../../model/unit-timeline.js';
import { openStoredRun } from '../../results/open-run.js';
import { storageOf } from '../../storage/storage-of.js';

/**
 * What a smoke run's coordinator measured, as one line of its log: so whoever started it needs access to the
 * cluster and none to S3.
 */
const evidenceSchema = z.strictObject({
  rows: z.array(resultRowSchema).readonly(),
  units: z.array(unitRecordSchema).readonly(),
  /** Objects of the run that were in S3 after it was cleaned up. */
  left_in_s3: z.array(z.string()).readonly(),
});
export type SmokeEvidence = z.infer<typeof evidenceSchema>;

const MARK = 'flowbench smoke evidence: ';

/** Takes a smoke run out of S3 again, and answers the line that tells what it was. */
export async function takeEvidence(runUri: string, partialsUri: string): Promise<string> {
  const run = await openStoredRun(runUri);
  const storage = storageOf(runUri);
  for (const folder of [runUri, partialsUri]) await storage.removeAll(folder);
  const left = [...(await storage.list(runUri)), ...(await storage.list(partialsUri))];
  const evidence: SmokeEvidence = { rows: run?.rows ?? [], units: run?.units ?? [], left_in_s3: left.map(({ uri }) => uri) };
  return `${MARK}${JSON.stringify(evidence)}`;
}

/** Null for any other line. */
export function evidenceOf(line: string): SmokeEvidence | null {
  return line.startsWith(MARK) ? evidenceSchema.parse(JSON.parse(line.slice(MARK.length))) : null;
}
