/** The operating system's name for what went wrong (`ENOENT`), where an error carries one. */
export function systemCode(error: unknown): string | undefined {
  // By its shape, not its class: an error of node's own modules need not share this file's Error.
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
