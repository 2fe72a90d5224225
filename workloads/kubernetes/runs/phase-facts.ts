import type * as z from 'zod';
import { type EnginePlaces, rayPlaceSchema, sparkPlaceSchema, trinoPlaceSchema } from '../../model/engine-places.js';
import { configurationError, messageOf } from '../../model/errors.js';
import { JOB_ENV } from '../../model/job-manifest-names.js';
import { type EngineId } from '../../model/result-row.js';

/** What the infrastructure tells every coordinator of a phase: in its pod by the environment, elsewhere by the CronJob. */
export interface PhaseFacts {
  readonly phase: string;
  readonly cluster: string;
  readonly region: string;
  readonly datasetBucket: string;
  readonly resultsBucket: string;
  /** Engines that the coordinator has the rights for. */
  readonly engines: readonly string[];
  /** Where those stand that are not ours. */
  readonly places: EnginePlaces;
  /** Type and number of the nodes that are measured. */
  readonly nodeType: string;
  readonly workers: number;
  /** Prefixes of the configured datasets, the default one first; may be empty. */
  readonly datasets: readonly string[];
}

/**
 * @param env variables by their names
 * @throws `configuration` that names every variable which is missing or makes no sense
 */
export function phaseFacts(env: Readonly<Record<string, string | undefined>>): PhaseFacts {
  const problems: string[] = [];
  const text = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is not set.`);
    return value;
  };
  const workersText = text(JOB_ENV.workers);
  const workers = /^\d+$/.test(workersText) ? Number(workersText) : 0;
  if (workersText !== '' && workers < 1) problems.push(`${JOB_ENV.workers} is "${workersText}", which is no number of nodes.`);
  const place = <Place>(name: string, schema: z.ZodType<Place>): Place | undefined => {
    const value = env[name] ?? '';
    if (value === '') return undefined;
    try {
      return schema.parse(JSON.parse(value));
    } catch (error) {
      problems.push(`${name} does not say where its engine is: ${messageOf(error)}`);
      return undefined;
    }
  };
  const facts: PhaseFacts = {
    phase: text(JOB_ENV.phase),
    cluster: text(JOB_ENV.cluster),
    region: text(JOB_ENV.region),
    datasetBucket: text(JOB_ENV.datasetBucket),
    resultsBucket: text(JOB_ENV.resultsBucket),
    engines: listed(text(JOB_ENV.engines)),
    places: placesOf(place(JOB_ENV.spark, sparkPlaceSchema), place(JOB_ENV.trino, trinoPlaceSchema), place(JOB_ENV.ray, rayPlaceSchema)),
    nodeType: text(JOB_ENV.nodeType),
    workers,
    datasets: listed(env[JOB_ENV.datasets] ?? ''),
  };
  if (problems.length > 0) throw configurationError(problems, 'Deploy the phase again with the version of flowbench that runs it.');
  return facts;
}

/** Engines that a phase measures, by what the infrastructure calls them. */
const MEASURED: Readonly<Record<string, EngineId>> = { flow: 'flow', spark: 'spark', trino: 'trino', ray: 'daft' };

/** What a run in the phase can ask for. */
export function measuredEngines({ engines }: Pick<PhaseFacts, 'engines'>): EngineId[] {
  return engines.flatMap((engine) => (Object.hasOwn(MEASURED, engine) ? [MEASURED[engine] as EngineId] : []));
}

function placesOf(spark: EnginePlaces['spark'], trino: EnginePlaces['trino'], ray: EnginePlaces['ray']): EnginePlaces {
  return { ...(spark === undefined ? {} : { spark }), ...(trino === undefined ? {} : { trino }), ...(ray === undefined ? {} : { ray }) };
}

function listed(text: string): string[] {
  return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
}
