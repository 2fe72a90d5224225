import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { type ITerraformDependable, Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { refuse } from '../problems.js';
import { type IGrantee, type PolicyStatement } from './grantee.js';

/** IAM's limit on the name of a role. */
const MAX_ROLE_NAME = 64;

/** Who may assume a role: one statement of its trust policy. */
export interface TrustStatement {
  readonly principal: { readonly Service: string } | { readonly Federated: string };
  readonly actions: readonly string[];
  readonly conditions?: PolicyStatement['conditions'];
}

export interface ServiceRoleProps {
  /** Name of the role; IAM is global, so it holds stack and region (model/physical-names iamName). */
  readonly roleName: string;
  readonly description: string;
  readonly trust: readonly TrustStatement[];
  /** AWS managed policies, by the part after `policy/`. */
  readonly managedPolicies?: readonly string[];
}

/**
 * A role with at most one inline policy, which holds exactly what was granted: grants made anywhere in the
 * tree end up in it when the stack is synthesised. Without grants there is no policy.
 */
export class ServiceRole extends Construct implements IGrantee {
  readonly roleArn: string;
  readonly roleName: string;
  readonly role: IamRole;
  /** Whoever uses the role must depend on these, or it works before it may, and is torn down after. */
  readonly attachments: readonly ITerraformDependable[];
  private readonly statements: PolicyStatement[] = [];
  private policy: IamRolePolicy | undefined;

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    this.role = new IamRole(this, 'Resource', {
      name: props.roleName,
      description: props.description,
      assumeRolePolicy: JSON.stringify({ Version: '2012-10-17', Statement: props.trust.map(trustJson) }),
    });
    this.roleArn = this.role.arn;
    this.roleName = this.role.name;
    this.attachments = (props.managedPolicies ?? []).map(
      (name) => new IamRolePolicyAttachment(this, name, { role: this.role.name, policyArn: `arn:aws:iam::aws:policy/${name}` }),
    );
  }

  /** Everything the role's rights come from, the inline policy included once something was granted. */
  get rights(): readonly ITerraformDependable[] {
    return this.policy === undefined ? this.attachments : [...this.attachments, this.policy];
  }

  addToPolicy(statement: PolicyStatement): void {
    this.statements.push(statement);
    this.policy ??= new IamRolePolicy(this, 'Policy', {
      name: 'granted',
      role: this.role.name,
      policy: Lazy.stringValue({ produce: () => JSON.stringify({ Version: '2012-10-17', Statement: this.statements.map(statementJson) }) }),
    });
  }
}

function problemsOf(props: ServiceRoleProps): string[] {
  // A name that holds an expression is as long as its value, which only Terraform knows.
  const tooLong = !props.roleName.includes('${') && props.roleName.length > MAX_ROLE_NAME;
  return [
    ...(tooLong ? [`roleName "${props.roleName}" has ${props.roleName.length} characters; IAM takes at most ${MAX_ROLE_NAME}.`] : []),
    ...(props.trust.length === 0 ? ['trust is empty: nobody could assume the role. Name at least one principal.'] : []),
  ];
}

function trustJson(trust: TrustStatement): unknown {
  return { Effect: 'Allow', Principal: trust.principal, Action: trust.actions, ...(trust.conditions === undefined ? {} : { Condition: trust.conditions }) };
}

function statementJson(statement: PolicyStatement): unknown {
  return {
    Sid: statement.sid,
    Effect: 'Allow',
    Action: statement.actions,
    Resource: statement.resources,
    ...(statement.conditions === undefined ? {} : { Condition: statement.conditions }),
  };
}
