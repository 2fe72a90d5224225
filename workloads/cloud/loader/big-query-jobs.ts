import { setTimeout as delay } from 'node:timers/promises';
import { type BigQuery, type BigQueryOptions, type Job } from '@google-cloud/bigquery';
import { type ResultTable } from '../../model/bigquery-schema.js';
import { type JobEnd, type LoadJobs } from './load.js';

export interface BigQueryPlace {
  readonly projectId: string;
  readonly datasetId: string;
  readonly location: string;
}

/** STS of a region; the credentials library writes the region in. */
const AWS_STS = 'sts.{region}.amazonaws.com';

/**
 * How an AWS role gets into Google Cloud: the library signs a request to STS with the credentials in the
 * environment of the process, and exchanges it for an access token. No metadata address is named, so that
 * nothing else than the environment can supply them.
 */
export function keylessCredentials(audience: string): NonNullable<BigQueryOptions['credentials']> {
  return {
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    credential_source: {
      environment_id: 'aws1',
      regional_cred_verification_url: `https://${AWS_STS}?Action=GetCallerIdentity&Version=2011-06-15`,
    },
  };
}

const POLL_MS = 1_000;
const NOT_FOUND = 404;
const ALREADY_EXISTS = 409;
/** Reasons of BigQuery that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['backendError', 'internalError', 'jobBackendError', 'jobInternalError', 'jobRateLimitExceeded', 'rateLimitExceeded', 'tableUnavailable']);

/** Load jobs of BigQuery that append to tables which exist: the loader makes none. */
export class BigQueryJobs implements LoadJobs {
  constructor(
    private readonly client: BigQuery,
    private readonly place: BigQueryPlace,
  ) {}

  async end(jobId: string): Promise<JobEnd | undefined> {
    try {
      return await endOf(this.job(jobId));
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  async run(jobId: string, table: ResultTable, file: string): Promise<JobEnd> {
    const { datasetId, location, projectId } = this.place;
    const target = this.client.dataset(datasetId, { projectId, location }).table(table.tableId, { location });
    try {
      await target.createLoadJob(file, {
        jobId,
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        createDisposition: 'CREATE_NEVER',
        writeDisposition: 'WRITE_APPEND',
      });
    } catch (error) {
      if (statusOf(error) !== ALREADY_EXISTS) throw error;
    }
    return endOf(this.job(jobId));
  }

  private job(jobId: string): Job {
    return this.client.job(jobId, { location: this.place.location, projectId: this.place.projectId });
  }
}

interface JobMetadata {
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
    readonly errors?: readonly { readonly message?: string }[];
  };
  readonly statistics?: { readonly load?: { readonly outputRows?: string } };
}

async function endOf(job: Job): Promise<JobEnd> {
  for (;;) {
    const [metadata] = (await job.getMetadata()) as unknown as readonly [JobMetadata];
    const { state, errorResult, errors = [] } = metadata.status ?? {};
    if (state !== 'DONE') await delay(POLL_MS);
    else if (errorResult === undefined) return { rows: Number(metadata.statistics?.load?.outputRows ?? 0) };
    else {
      const messages = [errorResult.message, ...errors.map((one) => one.message)].filter((message) => message !== undefined);
      return { failure: [...new Set(messages)].slice(0, 5).join('; '), retryable: PASSING.has(errorResult.reason ?? '') };
    }
  }
}

/** Status code of an answer of Google's, as its client throws it. */
function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
