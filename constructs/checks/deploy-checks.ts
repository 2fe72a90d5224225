import { type IResolvable, type ITerraformDependable, TerraformElement, TerraformLocal, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';

/**
 * True or false, known to Terraform alone: `Op.gte(Fn.lengthOf(names), 1)`, or an expression as a string. Compare
 * with anything but a literal 0, which the framework writes as `undefined`.
 */
export type Condition = IResolvable | string;

/**
 * What must hold when something is deployed. A requirement is a precondition on a resource that is built into
 * Terraform (no provider, no cost): a plan or an apply stops at it with the message, while a destroy reports it
 * as a warning and goes on. So a bucket that is gone stops a deploy, and never keeps a cluster alive.
 */
export class DeployChecks extends Construct {
  /**
   * Stops plan and apply unless the condition holds.
   *
   * @param message what is missing, and what to do
   * @returns what may depend on it, where the condition is known only while applying
   */
  require(id: string, condition: Condition, message: string): ITerraformDependable {
    return new TerraformResource(this, id, {
      terraformResourceType: 'terraform_data',
      lifecycle: { precondition: [{ condition: this.named(id, condition), errorMessage: message }] },
    });
  }

  /** Says the message at plan and apply when the condition does not hold; nothing stops. */
  warn(id: string, condition: Condition, message: string): void {
    new CheckBlock(this, id, { condition: this.named(id, condition), error_message: message });
  }

  /** Terraform refuses a condition that names no object, such as one that asks the clock alone: a local is one. */
  private named(id: string, condition: Condition): IResolvable {
    return new TerraformLocal(this, `${id}Holds`, condition).expression as IResolvable;
  }
}

interface Assertion {
  readonly condition: Condition;
  readonly error_message: string;
}

/** A `check` block: the framework has no class for it. */
class CheckBlock extends TerraformElement {
  constructor(scope: Construct, id: string, private readonly assertion: Assertion) {
    super(scope, id);
  }

  override toTerraform(): unknown {
    return { check: { [this.friendlyUniqueId]: { assert: [this.assertion] } } };
  }
}
