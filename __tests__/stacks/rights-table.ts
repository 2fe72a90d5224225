import { type StackName } from '../../workloads/model/physical-names.js';
import { type Statement } from '../infrastructure/iam-policy.js';
import { type StackJson } from '../infrastructure/graph.js';

/** A role as a stack makes it, with everything it may do. */
export interface RoleRights {
  readonly stack: StackName;
  readonly name: string;
  readonly trust: readonly TrustJson[];
  readonly managedPolicies: readonly string[];
  readonly statements: readonly Statement[];
}
interface TrustJson {
  readonly Principal: Readonly<Record<string, string>>;
  readonly Action: readonly string[];
  readonly Condition?: unknown;
}

/** A policy as written into a stack: an expression within it may hold quotes, which only Terraform takes. */
function statementsIn(policy: unknown): unknown {
  const readable = String(policy).replace(/\$\{[^}]*\}/g, (expression) => expression.replace(/"/g, "'"));
  return (JSON.parse(readable) as { readonly Statement: unknown }).Statement;
}

type Bodies = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function rolesOf(stackName: StackName, stack: StackJson): RoleRights[] {
  const roles = (stack.resource?.aws_iam_role ?? {}) as Bodies;
  const of = (type: string, logicalName: string): Readonly<Record<string, unknown>>[] =>
    Object.values((stack.resource?.[type] ?? {}) as Bodies).filter((body) => body.role === `\${aws_iam_role.${logicalName}.name}`);
  return Object.entries(roles).map(([logicalName, role]) => ({
    stack: stackName,
    name: role.name as string,
    trust: statementsIn(role.assume_role_policy) as TrustJson[],
    managedPolicies: of('aws_iam_role_policy_attachment', logicalName).map((body) => body.policy_arn as string).sort(),
    statements: of('aws_iam_role_policy', logicalName).flatMap((body) => statementsIn(body.policy) as Statement[]),
  }));
}

/** Expressions by what they stand for, so that the table reads like the account it becomes. */
function plain(text: string): string {
  return text
    .replace(/\$\{data\.aws_caller_identity\.\w+\.account_id\}/g, '<account>')
    .replace(/\$\{local\.\w+_Account_[0-9A-F]{8}\}/g, '<account>')
    .replace(/\$\{[a-z][a-z0-9_]*\.([\w-]+?)_[0-9A-F]{8}\.(\w+)\}/g, '<$2 of $1>');
}

/** One role as lines of text: who may assume it, and what it may then do to what, under which condition. */
export function describeRights({ stack, name, trust, managedPolicies, statements }: RoleRights): string {
  const condition = (value: unknown): string => (value === undefined ? '' : `  if ${JSON.stringify(value)}`);
  const lines = [
    `${stack} ${name}`,
    ...trust.map((one) => `  assumed by ${Object.values(one.Principal).join(', ')}: ${[one.Action].flat().join(', ')}${condition(one.Condition)}`),
    ...managedPolicies.map((arn) => `  ${arn}`),
    ...statements.map((one) => `  ${one.Sid}: ${[one.Action].flat().join(', ')}\n    on ${[one.Resource].flat().join(', ')}${condition(one.Condition)}`),
  ];
  return plain(lines.join('\n'));
}

/** Actions that AWS knows no resource for. */
const WITHOUT_RESOURCE = /^(ecr:GetAuthorizationToken|[a-z0-9-]+:(List|Describe|Get|View|BatchGet)\w+)$/;

/** What no role of ours may be: a statement that names more than it needs. */
export function tooWide({ stack, name, statements }: RoleRights): string[] {
  return statements.flatMap(({ Sid, Effect, Action, Resource }) => [
    ...(Effect === 'Allow' ? [] : [`${stack} ${name}: ${Sid} does not allow`]),
    ...[Action].flat().filter((action) => action.includes('*')).map((action) => `${stack} ${name}: ${Sid} allows ${action}`),
    ...([Resource].flat().includes('*') ? [Action].flat().filter((action) => !WITHOUT_RESOURCE.test(action)).map((action) => `${stack} ${name}: ${Sid} allows ${action} on everything`) : []),
  ]);
}
