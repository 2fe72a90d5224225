import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FlowbenchError, messageOf } from '../../model/errors.js';

const run = promisify(execFile);

/** A network in which nobody listens, and process numbers of its own, which all end with the first of them. */
const NAMESPACES = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/**
 * How a command is started in such namespaces: as it is by root, and through a user namespace by anyone else.
 * Throws `engine_unavailable` with the system's own reason where there are none.
 */
export async function namespaceCommand(unshare: string): Promise<readonly string[]> {
  let reason = '';
  for (const user of [[], ['--map-root-user']]) {
    const command = [unshare, ...user, ...NAMESPACES];
    try {
      await run(unshare, [...user, ...NAMESPACES, 'true']);
      return command;
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      reason = stderr.trim().split('\n')[0] ?? '';
      if (reason === '') reason = messageOf(error);
    }
  }
  throw new FlowbenchError(
    'engine_unavailable',
    `Ray listens on every address of a machine, so it runs in a network namespace of its own, and none can be made here (${reason}).`,
    { remedy: 'Allow user namespaces, run as root, or use the variant runner=native.' },
  );
}
