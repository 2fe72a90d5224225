import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Fn, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { alertsTopicName, budgetName } from '../../workloads/model/physical-names.js';
import { accountOf } from '../functions/arn.js';
import { type IGrantee } from '../identity/grantee.js';

/** A service that publishes alerts, and which of its resources may. */
export interface AlertSource {
  readonly sid: string;
  readonly service: string;
  /** After `arn:aws:`; `<account>` stands for the account of the topic. */
  readonly sourceArn: string;
}

const BUDGETS: AlertSource = { sid: 'Budgets', service: 'budgets.amazonaws.com', sourceArn: 'budgets::<account>:*' };

export interface AlertTopicProps {
  readonly project: string;
  /** Each gets a letter to confirm first. */
  readonly emails: readonly string[];
  /** Services beside Budgets that may publish. */
  readonly sources: readonly AlertSource[];
}

/**
 * The topic that alerts go to. Only the named services may publish, and only on behalf of this account. It is
 * not encrypted with AWS's own key: that key lets no service in, and alerts would be dropped without a word.
 * What is published are names and amounts.
 */
export class AlertTopic extends Construct {
  readonly topicArn: string;
  /** The services may publish once these exist. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AlertTopicProps) {
    super(scope, id);
    const topic = new SnsTopic(this, 'Resource', { name: alertsTopicName(props.project) });
    this.topicArn = topic.arn;
    const account = accountOf(this, topic.arn);
    const statements = [BUDGETS, ...props.sources].map((source) => ({
      Sid: source.sid,
      Effect: 'Allow',
      Principal: { Service: source.service },
      Action: 'sns:Publish',
      Resource: topic.arn,
      Condition: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:aws:${source.sourceArn.replace('<account>', account)}` },
      },
    }));
    const policy = new SnsTopicPolicy(this, 'Policy', { arn: topic.arn, policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) });
    this.ready = [policy];
    for (const email of props.emails) new SnsTopicSubscription(this, `Email-${email}`, { topicArn: topic.arn, protocol: 'email', endpoint: email });
  }

  /** Action: sns:Publish on this topic. */
  grantPublish(grantee: IGrantee): void {
    grantee.addToPolicy({ sid: 'PublishAlerts', actions: ['sns:Publish'], resources: [this.topicArn] });
  }
}

export interface MonthlyBudgetProps {
  readonly project: string;
  readonly limitUsd: number;
  readonly topic: AlertTopic;
  readonly emails: readonly string[];
}

/** What is told: a share of the budget that was spent, or that the month is expected to end with. */
const ALERTS = [
  { notificationType: 'ACTUAL', threshold: 50 },
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
] as const;

/**
 * A monthly budget over what carries the project's tag. It tells, hours late, and stops nothing: AWS refreshes
 * it a few times a day, and counts a tag only from the day it was activated as a cost-allocation tag. It
 * writes to the addresses itself too, because a subscription to the topic stays mute until it is confirmed.
 */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, props: MonthlyBudgetProps) {
    super(scope, id);
    new BudgetsBudget(this, 'Resource', {
      name: budgetName(props.project),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: String(props.limitUsd),
      limitUnit: 'USD',
      // Joined by Terraform: a dollar written right before an expression would escape it.
      costFilter: [{ name: 'TagKeyValue', values: [Fn.join('$', ['user:Project', props.project])] }],
      notification: ALERTS.map((alert) => ({
        ...alert,
        comparisonOperator: 'GREATER_THAN',
        thresholdType: 'PERCENTAGE',
        subscriberSnsTopicArns: [props.topic.topicArn],
        ...(props.emails.length === 0 ? {} : { subscriberEmailAddresses: [...props.emails] }),
      })),
      dependsOn: [...props.topic.ready],
    });
  }
}
