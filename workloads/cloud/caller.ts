import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { explained } from './aws-failure.js';

/** Asks AWS who is calling, so that missing credentials are one sentence and not one per question. @throws FlowbenchError */
export async function requireCaller(sts: STSClient): Promise<void> {
  await explained(sts.send(new GetCallerIdentityCommand({})));
}
