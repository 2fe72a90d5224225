import { CeCostAllocationTag } from '@cdktf/provider-aws/lib/ce-cost-allocation-tag';
import { Construct } from 'constructs';
import { refuse } from '../problems.js';
import { AlertTopic, MonthlyBudget } from './alerts.js';
import { CostAnomalies, COST_ALERTS } from './cost-anomalies.js';
import { Janitor } from './janitor.js';

export interface GuardrailsProps {
  readonly project: string;
  readonly region: string;
  /** USD a month; alerts at 50, 80 and 100 % spent and 100 % forecast. */
  readonly monthlyBudgetUsd: number;
  /** At most 10, Budgets' limit. Each also gets a letter that asks to confirm the subscription to the topic. */
  readonly alertEmails: readonly string[];
  /** `report` tells what outlived its time; `enforce` also deletes it. */
  readonly janitorMode: 'report' | 'enforce';
  /** 5 to 1,440. */
  readonly janitorEveryMinutes: number;
  /** Whether AWS's cost anomaly detection watches the project's costs. Default false. */
  readonly costAnomaly?: boolean;
  /**
   * Whether to activate the tag Project for cost reports, without which budget and anomaly see nothing. Only the
   * account that pays can do it. Default false: done once by hand, in the billing console.
   */
  readonly activateCostTag?: boolean;
  /** Folder of the bundled janitor. Default: the one that the package carries. */
  readonly codeFolder?: string;
}

const MAX_BUDGET_EMAILS = 10;
const MINUTES = { least: 5, most: 1_440 } as const;

/**
 * What keeps a forgotten cluster from becoming a bill: a budget that tells, and a janitor that finds what
 * outlived its time within the hour. The janitor is the guard; the budget learns of costs hours later.
 * Both cost next to nothing (two budgets are free, the janitor runs for seconds an hour).
 */
export class Guardrails extends Construct {
  readonly topicArn: string;
  readonly janitorFunctionArn: string;
  readonly janitorRoleArn: string;

  constructor(scope: Construct, id: string, props: GuardrailsProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const { project, region, alertEmails: emails } = props;
    const topic = new AlertTopic(this, 'Alerts', { project, emails, sources: props.costAnomaly === true ? [COST_ALERTS] : [] });
    new MonthlyBudget(this, 'Budget', { project, limitUsd: props.monthlyBudgetUsd, topic, emails });
    const janitor = new Janitor(this, 'Janitor', {
      project,
      region,
      mode: props.janitorMode,
      everyMinutes: props.janitorEveryMinutes,
      topic,
      ...(props.codeFolder === undefined ? {} : { codeFolder: props.codeFolder }),
    });
    if (props.costAnomaly === true) new CostAnomalies(this, 'Anomalies', { project, topic });
    if (props.activateCostTag === true) new CeCostAllocationTag(this, 'CostTag', { tagKey: 'Project', status: 'Active' });
    this.topicArn = topic.topicArn;
    this.janitorFunctionArn = janitor.function.functionArn;
    this.janitorRoleArn = janitor.function.roleArn;
  }
}

function problemsOf(props: GuardrailsProps): string[] {
  const { monthlyBudgetUsd, alertEmails, janitorEveryMinutes: minutes } = props;
  const twice = alertEmails.filter((email, index) => alertEmails.indexOf(email) !== index);
  const inRange = Number.isInteger(minutes) && minutes >= MINUTES.least && minutes <= MINUTES.most;
  return [
    ...(monthlyBudgetUsd > 0 && Number.isFinite(monthlyBudgetUsd) ? [] : [`monthlyBudgetUsd ${monthlyBudgetUsd} must be more than 0.`]),
    ...(inRange ? [] : [`janitorEveryMinutes ${minutes} must be a whole number from ${MINUTES.least} to ${MINUTES.most}.`]),
    ...(alertEmails.length <= MAX_BUDGET_EMAILS ? [] : [`alertEmails names ${alertEmails.length} addresses; a budget writes to at most ${MAX_BUDGET_EMAILS}. Name a list's address instead.`]),
    ...(twice.length === 0 ? [] : [`alertEmails names ${[...new Set(twice)].join(', ')} more than once.`]),
  ];
}
