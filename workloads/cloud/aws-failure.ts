import { FlowbenchError, messageOf } from '../model/errors.js';

const NO_CREDENTIALS = /^(CredentialsProviderError|ExpiredToken(Exception)?|InvalidClientTokenId|UnrecognizedClientException|AuthFailure|SSOTokenProviderFailure)$/;
const NOT_ALLOWED = /^(AccessDenied(Exception)?|UnauthorizedOperation|Forbidden)$/;
const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)$/;

/** A failure of AWS as a sentence; what is not one passes as it is. */
export async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explanation(error) ?? error;
  }
}

function explanation(error: unknown): FlowbenchError | undefined {
  if (!(error instanceof Error) || error instanceof FlowbenchError) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  if (NO_CREDENTIALS.test(error.name)) return failure('AWS does not know you', error, 'Log in, or name a profile: AWS_PROFILE=… flowbench doctor.');
  if (NOT_ALLOWED.test(error.name)) return failure('AWS does not allow it', error, 'The message names the action; ask for it, or use another profile.');
  if (UNREACHABLE.test(code)) return failure('AWS cannot be reached', error, 'Check the network, the region, and AWS_ENDPOINT_URL if it is set.');
  return '$metadata' in error ? failure(`AWS answered ${error.name}`, error, 'flowbench doctor checks credentials, region and quotas.') : undefined;
}

function failure(what: string, cause: Error, remedy: string): FlowbenchError {
  return new FlowbenchError('configuration', `${what}: ${messageOf(cause)}.`.replace(/\.+$/, '.'), { remedy, cause });
}
