import { type CloudAccess } from '../cloud/index.js';

/** What talks to AWS; loaded by the commands that do, as it is large. */
export async function loadCloud() {
  // The SDK announces on stderr, at every start, when it will stop supporting this Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return import('../cloud/index.js');
}

/** Where calls go: to AWS in this region, or where AWS_ENDPOINT_URL points, as for every AWS tool. */
export function accessIn(region: string): CloudAccess {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return { region, ...(endpoint === undefined || endpoint === '' ? {} : { endpoint }) };
}
