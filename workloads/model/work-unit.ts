import * as z from 'zod';
import { FlowbenchError } from './errors.js';
import { WORK_UNIT_V1_SCHEMA, WORK_UNIT_V2_SCHEMA } from './names.js';
import { parseQueryId } from './queries.js';

/**
 * The order a worker carries out: which query, which stage of it, which row groups of the driver table,
 * where the partial goes. Row-group numbers are global to a table: order of relative file name, then index
 * within the file. Strict at every level: an unknown key is an error, not an option nobody honours.
 */
const nonEmpty = z.string().min(1);
const rowGroupIndex = z.int().nonnegative();
const tpchQueryId = z.string().transform((text, context) => {
  try {
    return parseQueryId(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof FlowbenchError ? error.sentence : String(error) });
    return z.NEVER;
  }
});

const querySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tpch'), id: tpchQueryId }),
  z.strictObject({ kind: z.literal('sql'), sql: nonEmpty }),
]);

/** Half-open `[from, to)`. */
const rowGroupRange = z
  .tuple([rowGroupIndex, rowGroupIndex])
  .refine(([from, to]) => from < to, { message: 'a row-group range is half-open [from, to) with from < to' });

/** Numbers in rising order, each once: a repeated row group would be counted twice. */
const rowGroupList = z
  .array(rowGroupIndex)
  .refine((list) => list.every((value, index) => index === 0 || value > (list[index - 1] ?? -1)), {
    message: 'row groups must be listed in rising order, each once',
  });

export const workUnitV1Schema = z.strictObject({
  $schema: z.literal(WORK_UNIT_V1_SCHEMA),
  id: nonEmpty,
  query: querySchema,
  input: z.strictObject({
    kind: z.literal('parquet_partition'),
    uri_prefix: nonEmpty,
    tables: z.array(nonEmpty).min(1),
    row_group_range: z.record(nonEmpty, rowGroupRange),
  }),
  output: z.strictObject({ kind: z.enum(['arrow_ipc', 'parquet']), uri: nonEmpty }),
  execution: z
    .strictObject({
      threads: z.int().positive().optional(),
      with_dict_preservation: z.boolean().optional(),
      with_late_mat: z.boolean().optional(),
      with_adaptive_predicate: z.boolean().optional(),
    })
    .optional(),
});
export type WorkUnitV1 = z.infer<typeof workUnitV1Schema>;

export const workUnitV2Schema = z.strictObject({
  $schema: z.literal(WORK_UNIT_V2_SCHEMA),
  id: nonEmpty,
  run_id: nonEmpty,
  dataset_id: nonEmpty,
  query: querySchema,
  stage: z.discriminatedUnion('kind', [
    z.strictObject({ id: z.int().positive(), kind: z.literal('scan') }),
    z.strictObject({ id: z.int().positive(), kind: z.literal('merge_bucket'), bucket: z.int().nonnegative() }),
  ]),
  input: z.strictObject({
    kind: z.literal('parquet_partition'),
    uri_prefix: nonEmpty,
    /** Tables the stage reads, the driver first; for a merge_bucket stage it may be empty. */
    tables: z.array(nonEmpty),
    /** Driver table → row groups this unit alone reads. A table not named here is read whole. */
    row_groups: z.record(nonEmpty, rowGroupList),
    side_inputs: z.array(z.strictObject({ name: nonEmpty, kind: z.literal('parquet'), uris: z.array(nonEmpty).min(1) })),
    /** What a merge_bucket stage merges: one bucket's files of the stage before. */
    partials: z.array(nonEmpty),
    /** Literals for the stage's SQL that only this unit has (for instance the shard's date bounds). */
    params: z.record(nonEmpty, z.union([z.string(), z.number()])).optional(),
  }),
  output: z.strictObject({
    kind: z.enum(['parquet', 'arrow_ipc']),
    uri: nonEmpty,
    /** Above 1 the partial is hash-partitioned into that many files, see {@link bucketUri}. */
    buckets: z.int().positive(),
  }),
  execution: z.strictObject({
    threads: z.int().positive(),
    memory_limit_bytes: z.int().positive(),
    spill_dir: nonEmpty,
    /** Keep Parquet footers between units of one worker process (default false). */
    parquet_metadata_cache: z.boolean().optional(),
  }),
});
export type WorkUnitV2 = z.infer<typeof workUnitV2Schema>;
export type WorkUnit = WorkUnitV1 | WorkUnitV2;

/** Where bucket `bucket` of a partial lies: `x.parquet` → `x.b3.parquet`; a single bucket keeps the name. */
export function bucketUri(uri: string, bucket: number, buckets: number): string {
  if (buckets === 1) return uri;
  const dot = uri.lastIndexOf('.');
  const stem = dot > uri.lastIndexOf('/') ? uri.slice(0, dot) : uri;
  return `${stem}.b${bucket}${uri.slice(stem.length)}`;
}

/** Stands in an output's location for the uid of the pod that writes it: no two pods share a place, whatever index they have. */
export const POD_UID_PLACEHOLDER = '{pod_uid}';

/** The unit as the pod `podUid` carries it out; unchanged when its output names no pod. */
export function unitForPod<Unit extends { readonly output: { readonly uri: string } }>(unit: Unit, podUid: string): Unit {
  const uri = unit.output.uri.replaceAll(POD_UID_PLACEHOLDER, podUid);
  return uri === unit.output.uri ? unit : { ...unit, output: { ...unit.output, uri } };
}

export function isV2(unit: WorkUnit): unit is WorkUnitV2 {
  return unit.$schema === WORK_UNIT_V2_SCHEMA;
}

/** Parses the text of a work unit of either version. Throws `work_unit_invalid` naming every problem. */
export function parseWorkUnit(text: string): WorkUnit {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FlowbenchError('work_unit_invalid', `The work unit is not JSON (${cause instanceof Error ? cause.message : String(cause)}).`, {
      remedy: `Give one JSON object with "$schema": "${WORK_UNIT_V2_SCHEMA}" or v1.`,
      cause,
    });
  }
  const schema = typeof json === 'object' && json !== null && '$schema' in json ? json.$schema : undefined;
  if (schema !== WORK_UNIT_V1_SCHEMA && schema !== WORK_UNIT_V2_SCHEMA) {
    throw new FlowbenchError('work_unit_invalid', `The work unit's $schema is ${schema === undefined ? 'missing' : JSON.stringify(schema)}.`, {
      remedy: `This worker reads ${WORK_UNIT_V1_SCHEMA} and ${WORK_UNIT_V2_SCHEMA}.`,
    });
  }
  const parsed = (schema === WORK_UNIT_V1_SCHEMA ? workUnitV1Schema : workUnitV2Schema).safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`);
  throw new FlowbenchError('work_unit_invalid', `The work unit does not fit its schema: ${problems.join('; ')}.`);
}
