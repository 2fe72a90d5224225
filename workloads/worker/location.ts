import { fileURLToPath } from 'node:url';
import { FlowbenchError } from '../model/errors.js';
import { isS3Uri, parseS3Uri } from '../model/storage-uri.js';

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/**
 * A location in a work unit as storage knows it: a path, a file:// URL brought to its path, or `s3://bucket/key`.
 * Throws `work_unit_invalid` for storage this worker cannot reach. `field` names the place in the unit.
 */
export function locationOf(uri: string, field: string): string {
  if (!isS3Uri(uri)) return localPath(uri, field);
  try {
    parseS3Uri(uri);
    return uri;
  } catch (cause) {
    throw new FlowbenchError('work_unit_invalid', `${field} is "${uri}", which names no bucket.`, { remedy: 'Write s3://bucket/key.', cause });
  }
}

/** A location that must be of this machine: {@link locationOf} without S3. */
export function localPath(uri: string, field: string): string {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) return uri;
  if (scheme !== 'file') {
    const reached = isS3Uri(uri) ? 'it must be a folder of this machine' : 'this worker reads and writes local folders and s3:// only';
    throw new FlowbenchError('work_unit_invalid', `${field} is "${uri}", and ${reached}.`, { remedy: 'Give a path or a file:// URL.' });
  }
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new FlowbenchError('work_unit_invalid', `${field} is "${uri}", which names no local file.`, { remedy: 'Write file:///absolute/path.', cause });
  }
}
