import { Guardrails, type GuardrailsProps } from '../../constructs/guardrails/guardrails.js';
import { JANITOR_DELETIONS, JANITOR_READS } from '../../workloads/model/janitor-actions.js';
import { awsStack } from '../fixtures/aws-stack.js';
import { builtProgram } from '../fixtures/program-folder.js';
import { allows, type Statement, statementsOf } from '../infrastructure/iam-policy.js';
import { type SynthesizedStack } from '../infrastructure/synth.js';
import { localOf, roleOf } from './locals.js';

const codeFolder = builtProgram();
const JANITOR = 'ematix-flow-bench-guardrails-janitor-us-east-2';
const SCHEDULE = 'ematix-flow-bench-guardrails-schedule-us-east-2';

function guardrails(changes: Partial<GuardrailsProps> = {}): SynthesizedStack {
  return awsStack((stack) => {
    new Guardrails(stack, 'Guardrails', {
      project: 'ematix-flow-bench', region: 'us-east-2', monthlyBudgetUsd: 20, alertEmails: ['a@example.org'], janitorMode: 'report', janitorEveryMinutes: 60, codeFolder, ...changes,
    });
  });
}

const address = (stack: SynthesizedStack, type: string) => `${type}.${Object.keys(stack.resources(type))[0]}`;

/** Statements that let something be changed without asking for both tags of what is changed. */
function unboundChanges(statements: readonly Statement[], project: string): readonly string[] {
  const bound = (one: Statement) =>
    one.Condition?.StringEquals?.['aws:ResourceTag/Project'] === project && one.Condition.StringEquals['aws:ResourceTag/Lifecycle'] === 'ephemeral';
  const harmless = /:(Describe|Get|List|View|BatchGet)/;
  const own = new Set(['logs:CreateLogStream', 'logs:PutLogEvents', 'sns:Publish']);
  return statements.filter((one) => !bound(one) && one.Action.some((action) => !harmless.test(action) && !own.has(action))).map((one) => one.Sid);
}

describe('the budget', () => {
  const stack = guardrails();

  it('counts what carries the tag of the project, in dollars a month', () => {
    expect(stack.only('aws_budgets_budget')).toMatchObject({
      name: 'ematix-flow-bench-monthly', budget_type: 'COST', time_unit: 'MONTHLY', limit_amount: '20', limit_unit: 'USD',
      cost_filter: [{ name: 'TagKeyValue', values: ['${join("$", ["user:Project", "ematix-flow-bench"])}'] }],
    });
  });

  it('tells of half, four fifths and all of it spent, and of all of it forecast', () => {
    const notifications = stack.only('aws_budgets_budget').notification as Record<string, unknown>[];
    expect(notifications.map((one) => [one.notification_type, one.threshold, one.threshold_type])).toEqual([
      ['ACTUAL', 50, 'PERCENTAGE'], ['ACTUAL', 80, 'PERCENTAGE'], ['ACTUAL', 100, 'PERCENTAGE'], ['FORECASTED', 100, 'PERCENTAGE'],
    ]);
    for (const one of notifications) {
      expect(one).toMatchObject({ subscriber_email_addresses: ['a@example.org'], subscriber_sns_topic_arns: [`\${${address(stack, 'aws_sns_topic')}.arn}`] });
    }
  });

  it('tells the topic alone where no address is given', () => {
    const silent = guardrails({ alertEmails: [] });
    const notifications = silent.only('aws_budgets_budget').notification as Record<string, unknown>[];
    for (const one of notifications) expect(one).not.toHaveProperty('subscriber_email_addresses');
    expect(silent.resources('aws_sns_topic_subscription')).toEqual({});
  });

  it('is made once the topic lets it publish', () => {
    expect(stack.dependsOn(address(stack, 'aws_budgets_budget'))).toEqual([address(stack, 'aws_sns_topic_policy')]);
  });
});

describe('the topic', () => {
  const policy = (stack: SynthesizedStack) => (JSON.parse(stack.only('aws_sns_topic_policy').policy as string) as { Statement: Record<string, unknown>[] }).Statement;

  it('takes what Budgets publishes for this account, and nothing else', () => {
    const stack = guardrails();
    const account = localOf(stack, `\${element(split(":", ${address(stack, 'aws_sns_topic')}.arn), 4)}`);
    expect(policy(stack)).toEqual([
      {
        Sid: 'Budgets', Effect: 'Allow', Principal: { Service: 'budgets.amazonaws.com' }, Action: 'sns:Publish', Resource: `\${${address(stack, 'aws_sns_topic')}.arn}`,
        Condition: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:aws:budgets::${account}:*` } },
      },
    ]);
  });

  it('takes alerts of cost anomalies where they are asked for', () => {
    const stack = guardrails({ costAnomaly: true });
    expect(policy(stack).map((one) => one.Principal)).toEqual([{ Service: 'budgets.amazonaws.com' }, { Service: 'costalerts.amazonaws.com' }]);
    expect(JSON.parse(stack.only('aws_ce_anomaly_monitor').monitor_specification as string)).toMatchObject({ Tags: { Key: 'user:Project', Values: ['ematix-flow-bench'] } });
    expect(stack.only('aws_ce_anomaly_subscription')).toMatchObject({ frequency: 'IMMEDIATE', subscriber: [{ type: 'SNS' }] });
  });

  it('is written to by e-mail subscriptions, one an address', () => {
    const stack = guardrails({ alertEmails: ['a@example.org', 'b@example.org'] });
    expect(Object.values(stack.resources('aws_sns_topic_subscription')).map((one) => [one.protocol, one.endpoint])).toEqual([['email', 'a@example.org'], ['email', 'b@example.org']]);
  });
});

describe('what costs or needs the account that pays', () => {
  it('is off unless asked for', () => {
    const stack = guardrails();
    expect([stack.resources('aws_ce_anomaly_monitor'), stack.resources('aws_ce_anomaly_subscription'), stack.resources('aws_ce_cost_allocation_tag')]).toEqual([{}, {}, {}]);
  });

  it('activates the tag when asked to', () => {
    expect(guardrails({ activateCostTag: true }).only('aws_ce_cost_allocation_tag')).toMatchObject({ tag_key: 'Project', status: 'Active' });
  });
});

describe('the janitor', () => {
  it('can only look, write its log and tell, unless it is to enforce', () => {
    const actions = statementsOf(guardrails(), JANITOR).flatMap((one) => one.Action);
    expect([...actions].sort()).toEqual([...JANITOR_READS, 'logs:CreateLogStream', 'logs:PutLogEvents', 'sns:Publish'].sort());
    expect(actions.filter((action) => /:(Delete|Terminate|Detach|Release|Remove|Revoke|Schedule|Disassociate|Put(?!LogEvents)|Create(?!LogStream)|Update)/.test(action))).toEqual([]);
  });

  it('deletes only what carries the tags of this project as ephemeral; a right without that condition is found', () => {
    const statements = statementsOf(guardrails({ janitorMode: 'enforce' }), JANITOR);
    expect(statements.map((one) => one.Sid)).toEqual(expect.arrayContaining(JANITOR_DELETIONS.map((one) => one.sid)));
    expect(unboundChanges(statements, 'ematix-flow-bench')).toEqual([]);
    const planted = statements.map((one) => (one.Sid === 'DeleteDisks' ? { ...one, Condition: { StringEquals: { 'aws:ResourceTag/Project': 'ematix-flow-bench' } } } : one));
    expect(unboundChanges(planted, 'ematix-flow-bench')).toEqual(['DeleteDisks']);
  });

  it.each([
    ['an expired cluster of ours', { 'aws:ResourceTag/Project': 'ematix-flow-bench', 'aws:ResourceTag/Lifecycle': 'ephemeral' }, true],
    ['what is retained', { 'aws:ResourceTag/Project': 'ematix-flow-bench', 'aws:ResourceTag/Lifecycle': 'retained' }, false],
    ['what belongs to another project', { 'aws:ResourceTag/Project': 'payroll', 'aws:ResourceTag/Lifecycle': 'ephemeral' }, false],
    ['what has no tags', {}, false],
  ])('may or may not delete %s, as its tags say', (_, tags, may) => {
    const statements = statementsOf(guardrails({ janitorMode: 'enforce' }), JANITOR).map((one) => ({
      ...one,
      Resource: one.Resource.map((arn) => arn.replace(/\$\{local\.[^}]*\}/, '123456789012')),
    }));
    expect(allows(statements, 'eks:DeleteCluster', 'arn:aws:eks:us-east-2:123456789012:cluster/somebody', tags)).toBe(may);
    expect(allows(statements, 'ec2:TerminateInstances', 'arn:aws:ec2:us-east-2:123456789012:instance/i-1', tags)).toBe(may);
    expect(allows(statements, 'eks:DeleteCluster', 'arn:aws:eks:eu-west-1:123456789012:cluster/elsewhere', tags)).toBe(false);
    expect(allows(statements, 's3:DeleteBucket', 'arn:aws:s3:::some-bucket', tags)).toBe(false);
  });

  it('names no action by a pattern, and changes nothing by a bare "*"', () => {
    const statements = statementsOf(guardrails({ janitorMode: 'enforce' }), JANITOR);
    expect(statements.flatMap((one) => one.Action).filter((action) => action.includes('*'))).toEqual([]);
    expect(statements.filter((one) => one.Resource.includes('*')).map((one) => one.Sid)).toEqual(['LookAtEverything']);
  });

  it('is told project, mode, region and topic', () => {
    const stack = guardrails({ janitorMode: 'enforce' });
    expect(stack.only('aws_lambda_function')).toMatchObject({
      function_name: 'ematix-flow-bench-janitor',
      environment: {
        variables: {
          FLOWBENCH_PROJECT: 'ematix-flow-bench', FLOWBENCH_JANITOR_MODE: 'enforce', FLOWBENCH_REGION: 'us-east-2', FLOWBENCH_ALERTS_TOPIC_ARN: `\${${address(stack, 'aws_sns_topic')}.arn}`,
        },
      },
    });
    expect(stack.only('aws_cloudwatch_log_group')).toMatchObject({ name: '/aws/lambda/ematix-flow-bench-janitor' });
  });

  it('is started by a schedule whose role may do that alone', () => {
    const stack = guardrails({ janitorEveryMinutes: 15 });
    const [fn] = Object.keys(stack.resources('aws_lambda_function'));
    expect(stack.only('aws_scheduler_schedule')).toMatchObject({ schedule_expression: 'rate(15 minutes)', flexible_time_window: { mode: 'OFF' }, target: { arn: `\${aws_lambda_function.${fn}.arn}` } });
    expect(statementsOf(stack, SCHEDULE)).toEqual([{ Sid: 'StartJanitor', Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [`\${aws_lambda_function.${fn}.arn}`] }]);
    const trust = Object.values(stack.resources('aws_iam_role')).find((role) => role.name === SCHEDULE)?.assume_role_policy as string;
    expect(JSON.parse(trust)).toMatchObject({ Statement: [{ Principal: { Service: 'scheduler.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': localOf(stack, `\${element(split(":", aws_iam_role.${roleOf(stack, JANITOR)}.arn), 4)}`) } } }] });
  });
});

it('reports every problem of the props at once', () => {
  const emails = Array.from({ length: 11 }, (_, index) => `${index}@example.org`);
  const build = () => guardrails({ monthlyBudgetUsd: 0, janitorEveryMinutes: 2.5, alertEmails: [...emails, '1@example.org'] });
  for (const problem of [/monthlyBudgetUsd 0/, /janitorEveryMinutes 2.5/, /names 12 addresses/, /names 1@example.org more than once/]) expect(build).toThrow(problem);
});
