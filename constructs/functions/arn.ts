import { Fn, TerraformLocal } from 'cdktf';
import { type Construct } from 'constructs';

/**
 * The account of an ARN that names one; a Terraform expression without quotes, so that a policy which holds it
 * can still be read as JSON.
 */
export function accountOf(scope: Construct, arn: string): string {
  return new TerraformLocal(scope, 'Account', Fn.element(Fn.split(':', arn), 4)).asString;
}
