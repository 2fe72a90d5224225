import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BudgetsClient } from '@aws-sdk/client-budgets';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GlueClient } from '@aws-sdk/client-glue';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { bucketOptions, type CloudAccess, clientOptions } from '../access.js';

/** What the SDK calls after each command, with its client and command names. */
export interface CommandLog {
  debug(...content: unknown[]): void;
  info(...content: unknown[]): void;
  warn(...content: unknown[]): void;
  error(...content: unknown[]): void;
}

/** One client per service that something of ours may exist in. */
export type CloudClients = ReturnType<typeof cloudClients>;

/** @param log is told every command that is sent; absent: nobody is */
export function cloudClients(access: CloudAccess, log?: CommandLog) {
  const logger = log === undefined ? {} : { logger: log };
  const options = { ...clientOptions(access), ...logger };
  return {
    region: access.region,
    autoScaling: new AutoScalingClient(options),
    budgets: new BudgetsClient(options),
    codeBuild: new CodeBuildClient(options),
    ec2: new EC2Client(options),
    ecr: new ECRClient(options),
    eks: new EKSClient(options),
    glue: new GlueClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    lambda: new LambdaClient(options),
    loadBalancing: new ElasticLoadBalancingV2Client(options),
    logs: new CloudWatchLogsClient(options),
    // Buckets of ours may stand in other regions than the one asked about.
    s3: new S3Client({ ...bucketOptions(access), ...logger, followRegionRedirects: true }),
    scheduler: new SchedulerClient(options),
    sns: new SNSClient(options),
    sqs: new SQSClient(options),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
  };
}
