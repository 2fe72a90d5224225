import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { HttpAnswer } from './http.js';

/** What a call is about: for its count, and for the sentence when it fails. */
export interface CallName {
  readonly verb: 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete';
  /** `jobs`, `pods/log`. */
  readonly resource: string;
  readonly name?: string;
  readonly namespace: string;
}

/** Connections that were refused, cut or silent: another try may find the server again. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
]);
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

export const isPassingStatus = (status: number): boolean => PASSING_STATUSES.has(status);

export function isPassingError(error: unknown): boolean {
  return PASSING_CODES.has(codeOf(error));
}

/** Node's code of an error of its own; empty for any other. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The API server's own sentence on a refusal. */
export function statusMessage({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): string {
  try {
    const parsed = JSON.parse(body) as { readonly message?: unknown } | null;
    if (typeof parsed?.message === 'string' && parsed.message !== '') return parsed.message;
  } catch {
    // A proxy in between answers in its own way.
  }
  const text = body.trim().slice(0, 300);
  return text === '' ? `HTTP ${status}` : `HTTP ${status}, ${text}`;
}

/** `get job x in namespace y` */
export function describeCall({ verb, resource, name, namespace }: CallName): string {
  return `${verb} ${resource}${name === undefined ? '' : ` "${name}"`} in namespace ${namespace}`;
}

/** The error for an answer that no repetition would change. */
export function refusalOf(call: CallName, answer: Pick<HttpAnswer, 'status' | 'body'>): FlowbenchError {
  const message = statusMessage(answer).replace(/\.$/, '');
  const what = `The cluster refused to ${describeCall(call)}: ${message}.`;
  if (answer.status === 401) {
    return new FlowbenchError('configuration', what, { remedy: 'It does not know who calls: renew the credentials of the kubeconfig, or the service account of the pod.' });
  }
  if (answer.status === 403 && /forbidden/i.test(message)) return forbidden(call, message, what);
  if (answer.status === 404 && /^namespaces "/.test(message)) {
    return new FlowbenchError('configuration', `The cluster has no namespace ${call.namespace}: ${message}.`, { remedy: 'Deploy the phase there, or name its namespace with --namespace.' });
  }
  if (answer.status === 400 || answer.status === 422) {
    return new FlowbenchError('configuration', `The cluster does not take what it was given to ${describeCall(call)}: ${message}.`, {
      remedy: 'Deploy the phase again with the version of flowbench that runs it.',
    });
  }
  return new FlowbenchError('infrastructure', what);
}

/** A quota and an admission policy answer 403 too; only a missing right is mended by a Role. */
function forbidden({ verb, resource, namespace }: CallName, message: string, what: string): FlowbenchError {
  const user = /User "([^"]+)"/.exec(message)?.[1];
  if (user === undefined) return new FlowbenchError('infrastructure', what);
  const account = /^system:serviceaccount:[^:]+:(.+)$/.exec(user)?.[1];
  return new FlowbenchError('configuration', what, {
    remedy: `Give ${account === undefined ? user : `service account ${account}`} the verb "${verb}" on "${resource}" in namespace ${namespace}: deploying the phase again makes its Role anew.`,
  });
}

/** The error for a server that could not be reached, or that was not well, for as long as was tried. */
export function unreachable(server: string, call: CallName, triedMs: number, last: string, cause?: unknown): FlowbenchError {
  return new FlowbenchError('infrastructure', `The API server ${server} could not ${describeCall(call)}; tried for ${Math.round(triedMs / 1_000)} s, at last: ${last}.`, {
    remedy: 'See whether the cluster is up, and whether this machine reaches it.',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for a connection that fails the same way whenever it is tried: a wrong host, a certificate that nobody trusts. */
export function connectionFailure(server: string, call: CallName, cause: unknown): FlowbenchError {
  if (cause instanceof FlowbenchError) return cause;
  return new FlowbenchError('configuration', `The API server ${server} could not be asked to ${describeCall(call)}: ${messageOf(cause)}.`, {
    remedy: 'See whether the kubeconfig names the right server and its certificate authority.',
    cause,
  });
}
