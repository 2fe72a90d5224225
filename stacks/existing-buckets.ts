import { DataAwsResourcegroupstaggingapiResources } from '@cdktf/provider-aws/lib/data-aws-resourcegroupstaggingapi-resources';
import { Fn, propertyAccess, Token } from 'cdktf';
import { Construct } from 'constructs';

/**
 * Which buckets of the project there are, as the deploy sees it, by their tag. Knows none, rather than fails,
 * where there are none: looking one up by its name would stop a destroy once it is gone.
 */
export class ExistingBuckets extends Construct {
  private readonly arns: string;

  constructor(scope: Construct, id: string, project: string) {
    super(scope, id);
    const found = new DataAwsResourcegroupstaggingapiResources(this, 'Resource', {
      resourceTypeFilters: ['s3'],
      tagFilter: [{ key: 'Project', values: [project] }],
    });
    this.arns = Token.asString(propertyAccess(found.fqn, ['resource_tag_mapping_list', '*', 'resource_arn']));
  }

  /** Whether a bucket is there (Terraform condition). */
  has(bucketArn: string): string {
    return Token.asString(Fn.contains(this.arns, bucketArn));
  }
}
