import { PublishCommand } from '@aws-sdk/client-sns';
import { configurationError } from '../../model/errors.js';
import { JANITOR_ENVIRONMENT } from '../../model/janitor-actions.js';
import { cloudClients } from '../inventory/clients.js';
import { takeInventory } from '../inventory/take-inventory.js';
import { type JanitorMode } from './judged.js';
import { removeResource } from './remove.js';
import { runJanitor } from './run-janitor.js';

/** What of Lambda's context a run needs. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** The answer of an invocation, for whoever reads its log. */
export interface JanitorAnswer {
  readonly passes: number;
  readonly toLookAt: number;
  readonly deleted: number;
  readonly notSeen: number;
}

export interface JanitorEnvironment {
  readonly project: string;
  readonly mode: JanitorMode;
  readonly region: string;
  readonly topicArn: string | undefined;
}

/** Anything but the word `enforce` is a dry run. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): JanitorEnvironment {
  const project = environment[JANITOR_ENVIRONMENT.project] ?? '';
  const region = environment[JANITOR_ENVIRONMENT.region] ?? '';
  const missing = [...(project === '' ? [JANITOR_ENVIRONMENT.project] : []), ...(region === '' ? [JANITOR_ENVIRONMENT.region] : [])];
  if (missing.length > 0) throw configurationError(missing.map((name) => `${name} is not set.`), 'Deploy guardrails-stack again.');
  const topicArn = environment[JANITOR_ENVIRONMENT.topicArn];
  return { project, region, mode: environment[JANITOR_ENVIRONMENT.mode] === 'enforce' ? 'enforce' : 'report', topicArn: topicArn === '' ? undefined : topicArn };
}

/** Entry point of the Lambda function: one run, within the time it was given. */
export async function handler(_event: unknown, context: InvocationContext): Promise<JanitorAnswer> {
  const { project, mode, region, topicArn } = readEnvironment(process.env);
  const clients = cloudClients({ region });
  const result = await runJanitor({ project, mode }, {
    look: () => takeInventory(clients, { project }),
    remove: (resource) => removeResource(clients, resource),
    tell: async (Subject, Message) => {
      if (topicArn !== undefined) await clients.sns.send(new PublishCommand({ TopicArn: topicArn, Subject, Message }));
    },
    log: (line) => void process.stdout.write(`${line}\n`),
    nowMs: () => Date.now(),
    remainingMs: () => context.getRemainingTimeInMillis(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return {
    passes: result.passes,
    toLookAt: result.judged.filter(({ action }) => action !== 'leave').length,
    deleted: result.judged.filter(({ outcome }) => outcome === 'deleted').length,
    notSeen: result.blindSpots.length,
  };
}
