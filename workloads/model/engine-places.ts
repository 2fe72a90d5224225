import * as z from 'zod';

/**
 * Where the engine of a phase stands in its cluster, and what is needed to ask it: written by the infrastructure
 * into the coordinator's environment, one variable of JSON for each engine.
 */
const sizeSchema = z.strictObject({ cpuMillis: z.int().positive(), memoryMib: z.int().positive() });

export const sparkPlaceSchema = z.strictObject({
  /** Where SparkApplications are made. */
  namespace: z.string(),
  /** Of driver and executors, by digest. */
  image: z.string(),
  serviceAccount: z.string(),
  sparkVersion: z.string(),
  /** What every application is told: how S3 is reached, where event logs go. */
  sparkConf: z.record(z.string(), z.string()),
  /** What a driver's pod may take of the system node. */
  driver: sizeSchema,
});
export type SparkPlace = z.infer<typeof sparkPlaceSchema>;

export const trinoPlaceSchema = z.strictObject({
  namespace: z.string(),
  /** Of the coordinator's Service, as pods reach it. */
  url: z.string(),
  /** The Deployment whose replicas are the workers. */
  workerDeployment: z.string(),
  catalog: z.string(),
  /** Prefix of a dataset → the schema its tables are in. */
  databases: z.record(z.string(), z.string()),
  trinoVersion: z.string(),
});
export type TrinoPlace = z.infer<typeof trinoPlaceSchema>;

export const rayPlaceSchema = z.strictObject({
  namespace: z.string(),
  /** Name of the RayCluster that jobs are sent to, and of its group of workers. */
  rayCluster: z.string(),
  workerGroup: z.string(),
  /** Of head and workers, by digest. */
  image: z.string(),
  rayVersion: z.string(),
});
export type RayPlace = z.infer<typeof rayPlaceSchema>;

export interface EnginePlaces {
  readonly spark?: SparkPlace;
  readonly trino?: TrinoPlace;
  readonly ray?: RayPlace;
}
