import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule';
import { Construct } from 'constructs';
import { JANITOR_DELETIONS, JANITOR_ENVIRONMENT, JANITOR_READS, type JanitorDeletion } from '../../workloads/model/janitor-actions.js';
import { iamName, janitorName } from '../../workloads/model/physical-names.js';
import { ProgramFunction } from '../functions/program-function.js';
import { type PolicyStatement } from '../identity/grantee.js';
import { ServiceRole } from '../identity/service-role.js';
import { programFolder } from '../programs.js';
import { type AlertTopic } from './alerts.js';

export interface JanitorProps {
  readonly project: string;
  readonly region: string;
  /** `report` has no right to delete anything. */
  readonly mode: 'report' | 'enforce';
  readonly everyMinutes: number;
  readonly topic: AlertTopic;
  /** Folder of the bundled program. Default: the one that the package carries. */
  readonly codeFolder?: string;
}

const TIMEOUT_SECONDS = 900;
const MEMORY_MIB = 512;

/**
 * The program that finds what outlived its time, on a schedule. In mode `report` its role can only look. In mode
 * `enforce` it may delete too, but each such right is bound to the tags of the thing itself: this project's,
 * and ephemeral. A defect of the program cannot reach what is retained or somebody else's.
 */
export class Janitor extends Construct {
  readonly function: ProgramFunction;

  constructor(scope: Construct, id: string, props: JanitorProps) {
    super(scope, id);
    this.function = new ProgramFunction(this, 'Function', {
      functionName: janitorName(props.project),
      roleName: iamName(props.project, 'guardrails', 'janitor', props.region),
      description: 'Finds what outlived its time, and deletes it when told to',
      codeFolder: props.codeFolder ?? programFolder('janitor'),
      environment: {
        [JANITOR_ENVIRONMENT.project]: props.project,
        [JANITOR_ENVIRONMENT.mode]: props.mode,
        [JANITOR_ENVIRONMENT.region]: props.region,
        [JANITOR_ENVIRONMENT.topicArn]: props.topic.topicArn,
      },
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryMib: MEMORY_MIB,
    });
    this.function.addToPolicy({ sid: 'LookAtEverything', actions: JANITOR_READS, resources: ['*'] });
    props.topic.grantPublish(this.function);
    if (props.mode === 'enforce') {
      for (const deletion of JANITOR_DELETIONS) this.function.addToPolicy(deletionStatement(deletion, props, this.function.accountId));
    }
    this.startEvery(props);
  }

  private startEvery({ project, region, everyMinutes }: JanitorProps): void {
    const { accountId, functionArn } = this.function;
    const role = new ServiceRole(this, 'ScheduleRole', {
      roleName: iamName(project, 'guardrails', 'schedule', region),
      description: 'Lets the scheduler start the janitor',
      trust: [
        {
          principal: { Service: 'scheduler.amazonaws.com' },
          actions: ['sts:AssumeRole'],
          conditions: { StringEquals: { 'aws:SourceAccount': accountId } },
        },
      ],
    });
    role.addToPolicy({ sid: 'StartJanitor', actions: ['lambda:InvokeFunction'], resources: [functionArn] });
    new SchedulerSchedule(this, 'Schedule', {
      name: janitorName(project),
      description: 'Starts the janitor',
      scheduleExpression: `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      // The next start repeats everything anyway.
      target: { arn: functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 300 } },
      dependsOn: [...role.rights],
    });
  }
}

function deletionStatement(deletion: JanitorDeletion, { project, region }: JanitorProps, account: string): PolicyStatement {
  return {
    sid: deletion.sid,
    actions: deletion.actions,
    resources: deletion.arns.map((arn) => `arn:aws:${arn.replace('<region>', region).replace('<account>', account)}`),
    conditions: { StringEquals: { 'aws:ResourceTag/Project': project, 'aws:ResourceTag/Lifecycle': 'ephemeral' } },
  };
}
