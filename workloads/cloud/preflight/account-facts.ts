import { DescribeAvailabilityZonesCommand, EC2Client, paginateDescribeInstances, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { messageOf } from '../../model/errors.js';
import { datasetParameterPath, imageParameterPath } from '../../model/physical-names.js';
import { type CloudAccess, clientOptions } from '../access.js';
import { type AccountFacts, type Fact } from './facts.js';

/** Quotas as AWS numbers them: vCPUs of running on-demand standard instances, and VPCs per region. */
const VCPU_QUOTA = { ServiceCode: 'ec2', QuotaCode: 'L-1216C47A' } as const;
const VPC_QUOTA = { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE' } as const;
/** Families that the vCPU quota counts. */
const STANDARD_FAMILY = /^[acdhimrtz]\d/;
/** A person waits: what does not answer twice is told as it is. */
const MAX_ATTEMPTS = 2;

/** Asks the account everything at once; what fails is a fact too, and never fails the rest. */
export async function accountFacts(access: CloudAccess, project: string): Promise<AccountFacts> {
  const options = { ...clientOptions(access), maxAttempts: MAX_ATTEMPTS };
  const ec2 = new EC2Client(options);
  const quotas = new ServiceQuotasClient(options);
  const ssm = new SSMClient(options);
  const caller = await fact(async () => {
    const { Account: accountId = '', Arn: arn = '' } = await new STSClient(options).send(new GetCallerIdentityCommand({}));
    return { accountId, arn };
  });
  // Without credentials each of the others would say the same.
  const ask = async <T>(question: () => Promise<T>): Promise<Fact<T>> => ('unknown' in caller ? { unknown: 'no credentials' } : fact(question));
  const [zones, vcpuQuota, vcpusInUse, vpcQuota, vpcs, images, datasets] = await Promise.all([
    ask(() => zonesOf(ec2)),
    ask(() => quota(quotas, VCPU_QUOTA)),
    ask(() => runningVcpus(ec2)),
    ask(() => quota(quotas, VPC_QUOTA)),
    ask(() => vpcsOf(ec2, project)),
    ask(() => parameters(ssm, imageParameterPath(project))),
    ask(() => parameters(ssm, datasetParameterPath(project))),
  ]);
  return { caller, zones, vcpuQuota, vcpusInUse, vpcQuota, vpcs, images, datasets };
}

async function fact<T>(question: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { value: await question() };
  } catch (error) {
    return { unknown: messageOf(error).split('\n')[0] ?? '' };
  }
}

async function zonesOf(ec2: EC2Client): Promise<string[]> {
  const filters = [{ Name: 'state', Values: ['available'] }, { Name: 'opt-in-status', Values: ['opt-in-not-required'] }];
  const { AvailabilityZones: zones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({ Filters: filters }));
  return zones.flatMap(({ ZoneName: name }) => (name === undefined ? [] : [name]));
}

async function quota(client: ServiceQuotasClient, which: { readonly ServiceCode: string; readonly QuotaCode: string }): Promise<number> {
  const { Quota: found } = await client.send(new GetServiceQuotaCommand(which));
  if (found?.Value === undefined) throw new Error(`Service Quotas knows no ${which.QuotaCode} here`);
  return found.Value;
}

async function runningVcpus(ec2: EC2Client): Promise<number> {
  let vcpus = 0;
  const filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
  for await (const page of paginateDescribeInstances({ client: ec2 }, { Filters: filters })) {
    for (const instance of (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? [])) {
      const isCounted = instance.InstanceLifecycle === undefined && STANDARD_FAMILY.test(instance.InstanceType ?? '');
      if (isCounted) vcpus += (instance.CpuOptions?.CoreCount ?? 0) * (instance.CpuOptions?.ThreadsPerCore ?? 1);
    }
  }
  return vcpus;
}

async function vpcsOf(ec2: EC2Client, project: string): Promise<{ all: number; ours: number }> {
  const found = { all: 0, ours: 0 };
  for await (const page of paginateDescribeVpcs({ client: ec2 }, {})) {
    for (const vpc of page.Vpcs ?? []) {
      found.all += 1;
      if (vpc.Tags?.some(({ Key: key, Value: value }) => key === 'Project' && value === project) === true) found.ours += 1;
    }
  }
  return found;
}

async function parameters(ssm: SSMClient, path: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const page of paginateGetParametersByPath({ client: ssm }, { Path: path, Recursive: true })) {
    for (const { Name: name, Value: value } of page.Parameters ?? []) if (name !== undefined && value !== undefined) found[name] = value;
  }
  return found;
}
