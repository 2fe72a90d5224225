import { fileURLToPath } from 'node:url';
import { FlowbenchError } from '../model/errors.js';

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/**
 * The local path of a location in a work unit: a path, or a file:// URL. Throws `work_unit_invalid` for
 * storage this worker cannot reach. `field` names the place in the unit.
 */
export function localPath(uri: string, field: string): string {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) return uri;
  if (scheme !== 'file') {
    throw new FlowbenchError('work_unit_invalid', `${field} is "${uri}", and this worker reads and writes local folders only.`, {
      remedy: 'Give a path or a file:// URL.',
    });
  }
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new FlowbenchError('work_unit_invalid', `${field} is "${uri}", which names no local file.`, { remedy: 'Write file:///absolute/path.', cause });
  }
}
