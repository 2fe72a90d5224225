import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { type Manifest, manifestSchema } from '../../model/manifest.js';
import { MANIFEST_PATH } from '../../model/names.js';
import { type LogPage } from './follow-machine.js';
import { type Listing } from './uploaded-dataset.js';

const named = (error: unknown, ...names: string[]): boolean => error instanceof Error && names.includes(error.name);

/** The manifest below a prefix; undefined where there is none, or one of another version. */
export async function uploadedManifest(s3: S3Client, bucket: string, prefix: string): Promise<Manifest | undefined> {
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}/${MANIFEST_PATH}` }));
    const parsed = manifestSchema.safeParse(JSON.parse((await object.Body?.transformToString()) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (named(error, 'NoSuchKey', 'NoSuchBucket', 'NotFound')) return undefined;
    throw error;
  }
}

export async function uploadedFiles(s3: S3Client, bucket: string, prefix: string): Promise<Listing> {
  const found = new Map<string, number>();
  let token: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/`, ...(token === undefined ? {} : { ContinuationToken: token }) }));
    for (const { Key, Size } of page.Contents ?? []) found.set((Key ?? '').slice(prefix.length + 1), Size ?? 0);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return found;
}

/** The value of a parameter; undefined where it does not exist. */
export async function parameterValue(ssm: SSMClient, name: string): Promise<string | undefined> {
  try {
    return (await ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
  } catch (error) {
    if (named(error, 'ParameterNotFound')) return undefined;
    throw error;
  }
}

export async function logPage(logs: CloudWatchLogsClient, group: string, stream: string, from: string | undefined): Promise<LogPage> {
  try {
    const page = await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, startFromHead: true, ...(from === undefined ? {} : { nextToken: from }) }));
    return { lines: (page.events ?? []).map(({ message }) => message ?? ''), next: page.nextForwardToken };
  } catch (error) {
    if (named(error, 'ResourceNotFoundException')) return { lines: [], next: undefined };
    throw error;
  }
}
