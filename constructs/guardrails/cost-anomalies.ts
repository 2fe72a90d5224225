import { CeAnomalyMonitor } from '@cdktf/provider-aws/lib/ce-anomaly-monitor';
import { CeAnomalySubscription } from '@cdktf/provider-aws/lib/ce-anomaly-subscription';
import { Construct } from 'constructs';
import { type AlertSource, type AlertTopic } from './alerts.js';

/** Who publishes when costs are unlike what they were. */
export const COST_ALERTS: AlertSource = { sid: 'CostAlerts', service: 'costalerts.amazonaws.com', sourceArn: 'ce::<account>:anomalysubscription/*' };

export interface CostAnomaliesProps {
  readonly project: string;
  readonly topic: AlertTopic;
}

/** Anomalies whose whole impact is below this are not told. */
const LEAST_IMPACT_USD = 5;

/** Watches the costs that carry the project's tag, and tells the topic when they are unlike before. Free of charge. */
export class CostAnomalies extends Construct {
  constructor(scope: Construct, id: string, { project, topic }: CostAnomaliesProps) {
    super(scope, id);
    const monitor = new CeAnomalyMonitor(this, 'Monitor', {
      name: project,
      monitorType: 'CUSTOM',
      // Every part of the expression is written, as the service returns it: a plan would see a change otherwise.
      monitorSpecification: JSON.stringify({
        And: null, CostCategories: null, Dimensions: null, Not: null, Or: null, Tags: { Key: 'user:Project', MatchOptions: null, Values: [project] },
      }),
    });
    new CeAnomalySubscription(this, 'Subscription', {
      name: project,
      frequency: 'IMMEDIATE',
      monitorArnList: [monitor.arn],
      subscriber: [{ type: 'SNS', address: topic.topicArn }],
      thresholdExpression: {
        dimension: { key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE', matchOptions: ['GREATER_THAN_OR_EQUAL'], values: [String(LEAST_IMPACT_USD)] },
      },
      dependsOn: [...topic.ready],
    });
  }
}
