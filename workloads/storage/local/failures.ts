import { FlowbenchError, messageOf, type ErrorCode } from '../../model/errors.js';

/** The `code` of a Node.js system error (`ENOENT`, …); by shape, as the error may come from another realm. */
function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error of node:fs says that there is no such file: no such path, or a folder is there. */
export function isNoFile(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '');
}

export function isAlreadyThere(error: unknown): boolean {
  return systemCode(error) === 'EEXIST';
}

const FULL = ['ENOSPC', 'EDQUOT'];
/** A file system behind a network, or one that is asked too much: another try may be answered. */
const PASSING = ['EIO', 'ESTALE', 'EAGAIN', 'EBUSY', 'EMFILE', 'ENFILE', 'ETIMEDOUT'];

/** Whether what failed on the way from a connection into a file is the file. */
export function isOfAFile(error: unknown): boolean {
  return FULL.includes(systemCode(error) ?? '') || (typeof error === 'object' && error !== null && 'path' in error);
}

/** A failure of node:fs by what was to be done: `read`, `list`, `write`, `remove`. */
export function localFailure(doing: 'read' | 'list' | 'write' | 'remove', path: string, cause: unknown): FlowbenchError {
  if (cause instanceof FlowbenchError) return cause;
  const code = systemCode(cause) ?? '';
  const message = `Cannot ${doing} ${path} (${messageOf(cause)}).`;
  if (FULL.includes(code)) return new FlowbenchError('out_of_disk', message, { cause });
  const errorCode: ErrorCode = doing === 'read' || doing === 'list' ? 'storage_read' : 'storage_write';
  return new FlowbenchError(errorCode, message, { cause, retryable: PASSING.includes(code) });
}
