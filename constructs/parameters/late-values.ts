import { DataAwsSsmParametersByPath } from '@cdktf/provider-aws/lib/data-aws-ssm-parameters-by-path';
import { Fn, Op, Token } from 'cdktf';
import { Construct } from 'constructs';
import { NOT_YET } from '../../workloads/model/physical-names.js';

/**
 * Values that {@link LateParameter}s of other stacks hold, read by path: a path without parameters is an empty
 * list, where reading one by name would fail, of a destroy too.
 */
export class LateValues extends Construct {
  private readonly values: string;

  constructor(scope: Construct, id: string, path: string) {
    super(scope, id);
    const found = new DataAwsSsmParametersByPath(this, 'Resource', { path, recursive: true });
    // The provider holds every value for a secret; these are names of images and hashes, and belong into plans.
    this.values = Token.asString(Fn.zipmap(found.names, Fn.nonsensitive(found.values)));
  }

  /** The value of a parameter, "none" where it was never written or does not exist (Terraform expression). */
  value(name: string): string {
    return Token.asString(Fn.lookup(this.values, name, NOT_YET));
  }

  /** Whether a parameter was written (Terraform condition). */
  isKnown(name: string): string {
    return Token.asString(Op.neq(this.value(name), NOT_YET));
  }
}
