import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission';
import { S3BucketNotification } from '@cdktf/provider-aws/lib/s3-bucket-notification';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { Construct } from 'constructs';
import { RUN_RECORD_FILE } from '../../workloads/model/names.js';
import { iamName, loaderFailuresName, loaderName, RESULT_PREFIXES } from '../../workloads/model/physical-names.js';
import { ProgramFunction } from '../functions/program-function.js';
import { programFolder } from '../programs.js';
import { type IBenchBucket } from '../storage/bucket-ref.js';

export interface ResultsLoaderProps {
  readonly project: string;
  readonly region: string;
  readonly bucket: IBenchBucket;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of the bundled program. Default: the one that the package carries. */
  readonly codeFolder?: string;
}

/** Time for the download, the upload and the load job of the largest object expected; the job alone takes seconds. */
const TIMEOUT_SECONDS = 300;
const MEMORY_MIB = 512;
/** The service repeats a failed call after one minute and after two more. */
const RETRIES = 2;
const EVENT_HOURS = 6;
const FAILURE_DAYS = 14;

/**
 * Loads what appears under `runs/` in the results bucket. Its role reads those objects and nothing else. A call
 * that fails is repeated twice by the service; then the event goes to a queue that keeps it for fourteen days.
 * The object stays where it is in any case, and loading it again never counts a row twice.
 *
 * The bucket's notifications are set as a whole: a bucket that already has some belongs to whoever set them.
 */
export class ResultsLoader extends Construct {
  readonly function: ProgramFunction;

  constructor(scope: Construct, id: string, props: ResultsLoaderProps) {
    super(scope, id);
    this.function = new ProgramFunction(this, 'Function', {
      functionName: loaderName(props.project),
      roleName: iamName(props.project, 'results', 'loader', props.region),
      description: 'Loads result rows and run records into BigQuery',
      codeFolder: props.codeFolder ?? programFolder('results-loader'),
      environment: props.environment,
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryMib: MEMORY_MIB,
    });
    props.bucket.grantRead(this.function, RESULT_PREFIXES.runs);
    this.keepWhatFails(props.project);
    this.listenTo(props.bucket);
  }

  private keepWhatFails(project: string): void {
    const failures = new SqsQueue(this, 'Failures', {
      name: loaderFailuresName(project),
      messageRetentionSeconds: FAILURE_DAYS * 86_400,
      sqsManagedSseEnabled: true,
    });
    this.function.addToPolicy({ sid: 'KeepFailures', actions: ['sqs:SendMessage'], resources: [failures.arn] });
    new LambdaFunctionEventInvokeConfig(this, 'Retries', {
      functionName: this.function.functionName,
      maximumRetryAttempts: RETRIES,
      maximumEventAgeInSeconds: EVENT_HOURS * 3_600,
      destinationConfig: { onFailure: { destination: failures.arn } },
      dependsOn: [...this.function.rights],
    });
  }

  private listenTo(bucket: IBenchBucket): void {
    const permission = new LambdaPermission(this, 'CalledByBucket', {
      statementId: 'results-bucket',
      action: 'lambda:InvokeFunction',
      functionName: this.function.functionName,
      principal: 's3.amazonaws.com',
      sourceArn: bucket.bucketArn,
      // A bucket's ARN names no account: someone else could make one of that name after ours is gone.
      sourceAccount: this.function.accountId,
    });
    new S3BucketNotification(this, 'Notification', {
      bucket: bucket.bucketName,
      lambdaFunction: ['.ndjson', `/${RUN_RECORD_FILE}`].map((suffix) => ({
        lambdaFunctionArn: this.function.functionArn,
        events: ['s3:ObjectCreated:*'],
        filterPrefix: RESULT_PREFIXES.runs,
        filterSuffix: suffix,
      })),
      dependsOn: [permission],
    });
  }
}
