import * as z from 'zod';
import { QUERY_IDS } from './queries.js';
import { columnTypeSchema } from './typed-rows.js';

/**
 * How a driver program (Spark's, Daft's) and the process that measures talk: HTTP, JSON,
 * `Authorization: Bearer <token of the session>`, over a Unix socket on one machine and over the coordinator's
 * Service on a cluster. The driver always calls; a failed call is tried again with jitter, as the coordinator may
 * be restarted under it. What a driver prints is a log and nothing else, so that a progress bar harms no one.
 *
 * The driver is the process that holds the session: it takes `duration_ms` from having the text in hand to the
 * last row decoded, on its own monotonic clock. How long the call took besides is the coordinator's to measure.
 */
export const DRIVER_PATHS = {
  /** Once, when the session is open and the tables are known: {@link driverHelloSchema} → 204. */
  hello: '/v1/driver/hello',
  /** Instead of hello, when the session could not be opened: {@link driverOpenFailureSchema} → 204; the driver then ends with exit code 1. */
  failed: '/v1/driver/failed',
  /** Ask for a query and wait at most {@link DRIVER_NEXT_WAIT_MS}: 200 with {@link driverOrderSchema}, 204 for nothing yet, 409 to say hello again, 410 to end (exit 0). */
  next: '/v1/driver/next',
  /** From a second thread while a query runs, every {@link DRIVER_ALIVE_EVERY_MS}: {@link driverAliveSchema} → {@link driverAliveAnswerSchema}. */
  alive: '/v1/driver/alive',
  /** The outcome: {@link driverOutcomeSchema} → 204, also when it was told before. */
  done: '/v1/driver/done',
} as const;

export const DRIVER_NEXT_WAIT_MS = 20_000;
export const DRIVER_ALIVE_EVERY_MS = 500;
/** A driver on a cluster that was not heard of for so long is lost. */
export const DRIVER_LOST_AFTER_MS = 30_000;
/** A driver whose coordinator does not answer for so long ends itself. */
export const DRIVER_GIVE_UP_AFTER_MS = 180_000;
export const DRIVER_TOKEN_VARIABLE = 'FLOWBENCH_DRIVER_TOKEN';

/** What a driver is started with: a JSON file, named by `--session`. */
export const driverSessionSchema = z.strictObject({
  /** `unix:/path/of/socket` or `http://host:port`. */
  coordinator: z.string(),
  session_id: z.string(),
  dataset_uri: z.string().describe('`/folder` or `s3://bucket/prefix`.'),
  dataset_id: z.string(),
  /** Table → columns with the manifest's types, and files relative to the dataset. */
  tables: z.record(z.string(), z.strictObject({ columns: z.array(z.strictObject({ name: z.string(), type: z.string() })), files: z.array(z.string()) })),
  /** Present for a dataset in S3; keys only where they are not found by the engine's own chain. */
  s3: z.strictObject({ region: z.string(), endpoint: z.string().nullable(), access_key_id: z.string().nullable(), secret_access_key: z.string().nullable(), session_token: z.string().nullable() }).nullable(),
  threads: z.int().positive().describe('Of all its workers together.'),
  memory_bytes: z.int().positive().describe('Of all its workers together.'),
  scratch_dir: z.string(),
  /** Files it leaves here are kept beside the rows. */
  artifacts_dir: z.string().nullable(),
  /** What the engine's own driver understands besides. */
  options: z.record(z.string(), z.string()),
});
export type DriverSession = z.infer<typeof driverSessionSchema>;

export const driverHelloSchema = z.strictObject({
  session_id: z.string(),
  /** Read from the live engine. */
  engine_version: z.string(),
  label: z.string(),
  open_stages: z.strictObject({ start_ms: z.number().nullable(), session_ms: z.number().nullable(), register_ms: z.number().nullable(), analyze_ms: z.number().nullable() }),
  parity: z.strictObject({ nodes: z.int(), threads_total: z.number(), memory_limit_bytes_total: z.int(), parallelism: z.int().nullable(), scratch_free_bytes: z.int().nullable() }),
  settings: z.record(z.string(), z.string()),
  result_cache: z.string(),
  /** Of the process to watch and to stop; null on a cluster. */
  pid: z.int().nullable(),
  /** Address of the engine's page, such as Spark's UI. */
  ui: z.string().nullable(),
});
export type DriverHello = z.infer<typeof driverHelloSchema>;

export const driverOpenFailureSchema = z.strictObject({
  session_id: z.string(),
  /** `engine_unavailable`: it is not there as it was asked for; `infrastructure_error`: anything else. */
  kind: z.enum(['engine_unavailable', 'infrastructure_error']),
  /** One sentence. */
  error: z.string(),
});
export type DriverOpenFailure = z.infer<typeof driverOpenFailureSchema>;

export const driverOrderSchema = z.strictObject({
  /** Unique in the session. */
  order_id: z.string(),
  query: z.enum(QUERY_IDS),
  text: z.string(),
  repetition: z.int().positive(),
  timeout_ms: z.number().positive(),
});
export type DriverOrder = z.infer<typeof driverOrderSchema>;

export const driverAliveSchema = z.strictObject({ session_id: z.string(), order_id: z.string().nullable() });
export type DriverAlive = z.infer<typeof driverAliveSchema>;
export const driverAliveAnswerSchema = z.strictObject({
  /** The running order is to be cancelled on the engine. */
  cancel: z.boolean(),
});

const statsSchema = z.strictObject({
  engine_ms: z.number().nullable(),
  bytes_read: z.int().nullable(),
  bytes_exchanged: z.int().nullable(),
  cpu_ms: z.number().nullable(),
  peak_memory_bytes: z.int().nullable(),
  splits_per_node: z.array(z.int()).nullable(),
  nodes_used: z.int().nullable(),
  /** Parts of the duration by the names of a row's stages. */
  stages: z.record(z.string(), z.number()),
});

export const driverOutcomeSchema = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('ok'),
    session_id: z.string(),
    order_id: z.string(),
    duration_ms: z.number().nonnegative(),
    /** Canonical text, see typed-rows.ts. */
    columns: z.array(z.strictObject({ name: z.string(), type: columnTypeSchema })),
    rows: z.array(z.array(z.string().nullable())),
    rewrite: z.string().nullable(),
    precision: z.strictObject({ kind: z.enum(['exact', 'double', 'rounded']), why: z.string().nullable() }),
    trace_link: z.string().nullable(),
    stats: statsSchema,
  }),
  z.strictObject({
    status: z.enum(['engine_error', 'out_of_memory', 'out_of_disk', 'unsupported', 'infrastructure_error', 'cancelled']),
    session_id: z.string(),
    order_id: z.string(),
    /** One sentence. */
    error: z.string(),
    trace_link: z.string().nullable(),
    /** The session can take no further query: it is to be opened anew. */
    session_lost: z.boolean(),
  }),
]);
export type DriverOutcome = z.infer<typeof driverOutcomeSchema>;
