import { BigQuery } from '@google-cloud/bigquery';
import { FlowbenchError } from '../../model/errors.js';
import { LOADER_ENVIRONMENT } from '../../model/loader-environment.js';
import { BigQueryJobs, keylessCredentials } from './big-query-jobs.js';
import { handleEvent, type LoaderParts } from './handle.js';
import { S3Store } from './s3-store.js';

/** Kept between calls of one machine: clients hold connections and Google's token. */
let parts: LoaderParts | undefined;

/** What Lambda calls with each event of the results bucket. */
export async function handler(event: unknown): Promise<void> {
  parts ??= partsFrom(process.env);
  await handleEvent(event, parts);
}

function partsFrom(environment: NodeJS.ProcessEnv): LoaderParts {
  const value = (name: string): string => {
    const found = environment[name];
    if (found !== undefined && found !== '') return found;
    throw new FlowbenchError('configuration', `The environment variable ${name} is not set.`, { remedy: 'Deploy the results stack again.' });
  };
  const projectId = value(LOADER_ENVIRONMENT.googleProjectId);
  const location = value(LOADER_ENVIRONMENT.location);
  const client = new BigQuery({ projectId, location, credentials: keylessCredentials(value(LOADER_ENVIRONMENT.audience)) });
  return {
    store: new S3Store({ region: value('AWS_REGION') }),
    jobs: new BigQueryJobs(client, { projectId, datasetId: value(LOADER_ENVIRONMENT.datasetId), location }),
    log: (entry) => process.stdout.write(`${JSON.stringify(entry)}\n`),
  };
}
