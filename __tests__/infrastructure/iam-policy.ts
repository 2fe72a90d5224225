import { type SynthesizedStack } from './synth.js';

/** What a role's inline policies allow, decided as IAM does for statements that all allow. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Keys of the request's context that conditions look at; an absent key is not in the request. */
export type RequestContext = Readonly<Record<string, string>>;

/** Statements of every inline policy of the role with this name. */
export function statementsOf(stack: SynthesizedStack, roleName: string): Statement[] {
  const logicalName = Object.entries(stack.resources('aws_iam_role')).find(([, role]) => role.name === roleName)?.[0];
  if (logicalName === undefined) throw new Error(`no role ${roleName}`);
  const reference = `\${aws_iam_role.${logicalName}.name}`;
  return stack.where('aws_iam_role_policy', 'role', reference)
    .flatMap((policy) => (JSON.parse(policy.policy as string) as { Statement: Statement[] }).Statement);
}

export function allows(statements: readonly Statement[], action: string, resource: string, context: RequestContext = {}): boolean {
  return statements.some((one) => one.Effect === 'Allow' && one.Action.some((pattern) => like(pattern, action))
    && one.Resource.some((pattern) => like(pattern, resource)) && holds(one.Condition ?? {}, context));
}

function holds(conditions: NonNullable<Statement['Condition']>, context: RequestContext): boolean {
  return Object.entries(conditions).every(([operator, keys]) => Object.entries(keys).every(([key, wanted]) => compare(operator, [wanted].flat(), context[key])));
}

function compare(operator: string, wanted: readonly string[], actual: string | undefined): boolean {
  switch (operator) {
    case 'Null':
      return wanted.includes(String(actual === undefined));
    case 'Bool':
    case 'StringEquals':
    case 'ArnEquals':
      return actual !== undefined && wanted.includes(actual);
    case 'StringLike':
    case 'ArnLike':
      return actual !== undefined && wanted.some((pattern) => like(pattern, actual));
    default:
      throw new Error(`no condition operator ${operator} is known here`);
  }
}

/** `*` stands for any text, `?` for one character. */
function like(pattern: string, text: string): boolean {
  const expression = pattern.split('*').map((part) => part.split('?').map((plain) => plain.replace(/[.+^${}()|[\]\\]/g, '\\$&')).join('.')).join('.*');
  return new RegExp(`^${expression}$`).test(text);
}
