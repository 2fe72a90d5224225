import type { EngineSession, SessionContext } from '../engines/contract.js';
import { FlowbenchError, messageOf, type ErrorCode } from '../model/errors.js';
import type { SessionPlan } from './cells.js';
import type { SessionFacts } from './result-rows.js';

export interface OpenFailure {
  readonly status: 'unavailable' | 'infrastructure_error';
  readonly error: string;
}

export type OpenedSession = { readonly ok: true; readonly session: EngineSession; readonly facts: SessionFacts } | { readonly ok: false; readonly failure: OpenFailure; readonly facts: SessionFacts };

/** What is wrong with the data or the order is no fault of the engine and ends the campaign. */
const ENDS_CAMPAIGN: ReadonlySet<ErrorCode> = new Set(['configuration', 'dataset_missing', 'dataset_invalid', 'dataset_changed', 'answers_missing']);
/** The engine is not here, or not as it was asked for: a fact of the machine, not a failure of it. */
const UNAVAILABLE: ReadonlySet<ErrorCode> = new Set(['tool_missing', 'engine_unavailable']);

/** Opens a session and reads back what it was given. An engine that does not start is an outcome, not an exception. */
export async function openSession(plan: SessionPlan, context: SessionContext): Promise<OpenedSession> {
  const unknown: SessionFacts = { label: plan.runner.id, version: null, sessionId: context.sessionId, storageMedium: 'unknown' };
  let session: EngineSession;
  try {
    session = await plan.runner.open(context);
  } catch (error) {
    if (error instanceof FlowbenchError && ENDS_CAMPAIGN.has(error.code)) throw error;
    const status = error instanceof FlowbenchError && UNAVAILABLE.has(error.code) ? 'unavailable' : 'infrastructure_error';
    return { ok: false, facts: unknown, failure: { status, error: `The engine did not start: ${sentenceOf(error)}` } };
  }
  const facts: SessionFacts = { label: session.label, version: session.version, sessionId: context.sessionId, storageMedium: session.parity.storageMedium };
  const problems = refusals(plan, context, session);
  if (problems.length === 0) return { ok: true, session, facts };
  await session.close();
  return { ok: false, facts, failure: { status: 'infrastructure_error', error: `parity: ${problems.join('; ')}` } };
}

/**
 * What makes numbers of the live engine worthless: other data, or other cores than it was asked to have, which
 * are those that every engine is given where its tier names none. Its memory it divides as it will. What differs
 * from other engines is told and recorded.
 */
function refusals(plan: SessionPlan, context: SessionContext, { parity, tierThreads }: EngineSession): string[] {
  const threads = tierThreads ?? plan.workers * plan.threadsPerWorker;
  return [
    ...(parity.datasetId === context.dataset.manifest.dataset_id ? [] : [`the engine reads dataset ${parity.datasetId}`]),
    ...(parity.threadsTotal === threads ? [] : [`the engine has ${parity.threadsTotal} threads instead of ${threads}`]),
  ];
}

function sentenceOf(error: unknown): string {
  return error instanceof FlowbenchError ? error.sentence : messageOf(error);
}
