import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createHash } from 'node:crypto';
import { type BenchConfig } from '../../workloads/model/bench-config/schema.js';
import {
  datasetBucketName, datasetParameterName, datasetPrefix, imageParameterName, imageRepositoryName, OWN_IMAGES, resultsBucketName,
} from '../../workloads/model/physical-names.js';
import { EMULATOR_ACCOUNT, EMULATOR_CREDENTIALS } from './emulator/emulator.js';

/**
 * Writes what `images publish` and `datagen` write at their end: a reference by digest per image, an id per
 * dataset. Over the parameters that the retained stacks made, or, without them, as new ones.
 */
export async function writeWhatIsPublished(endpoint: string, config: BenchConfig): Promise<void> {
  const ssm = new SSMClient({ endpoint, region: config.region, credentials: EMULATOR_CREDENTIALS });
  const registry = `${EMULATOR_ACCOUNT}.dkr.ecr.${config.region}.amazonaws.com`;
  const images = OWN_IMAGES.map((image) => [
    imageParameterName(config.project, image), `${registry}/${imageRepositoryName(config.project, image)}@sha256:${sha256(image)}`,
  ]);
  const datasets = config.datasets.map(({ scaleFactor, numeric }) => [
    datasetParameterName(config.project, datasetPrefix(scaleFactor, numeric)), `sha256:${sha256(`${scaleFactor} ${numeric}`)}`,
  ]);
  for (const [Name, Value] of [...images, ...datasets]) await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
}

/** The buckets as the retained stacks name and tag them, for phases that are tried without those stacks. */
export async function makeRetainedBuckets(endpoint: string, config: BenchConfig): Promise<void> {
  const { project, region } = config;
  const s3 = new S3Client({ endpoint, region, credentials: EMULATOR_CREDENTIALS, forcePathStyle: true });
  const place = { project, region, accountId: EMULATOR_ACCOUNT };
  for (const Bucket of [datasetBucketName(place), resultsBucketName(place)]) {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'us-east-2' } }));
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'Project', Value: project }] } }));
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
