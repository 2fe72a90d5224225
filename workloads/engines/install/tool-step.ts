import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runTool } from '../../dataset/tool-process.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';

export interface ToolStep {
  readonly command: string;
  readonly args: readonly string[];
  /** What is being done, for the message: `fetch the Trino server`. */
  readonly what: string;
  /** What to do where it fails. */
  readonly remedy: string;
  readonly signal: AbortSignal;
}

const COMPLAINTS_KEPT = 3;
const DISK_FULL = /no space left on device|not enough space|disk quota exceeded/i;
const OTHER_CONTENT = /do not match the hashes|checksum (validation failed|mismatch)/i;

/**
 * Runs a tool of the installation to its end. What fails is `tool_missing` with the tool's own words, but for what
 * has a name of its own: `cancelled`, `out_of_disk`, and `engine_unavailable` for content other than pinned.
 */
export async function runStep(step: ToolStep): Promise<void> {
  const complaints: string[] = [];
  const onLine = (line: string): void => {
    // Maven complains on its standard output, once with the cause and then at length.
    if (line.startsWith('[ERROR]') && complaints.length < COMPLAINTS_KEPT) complaints.push(line.slice('[ERROR]'.length).trim());
  };
  try {
    await runTool(step.command, step.args, { signal: step.signal, onLine });
  } catch (cause) {
    throw failureOf(step, cause, complaints);
  }
}

function failureOf(step: ToolStep, cause: unknown, complaints: readonly string[]): FlowbenchError {
  if (cause instanceof FlowbenchError && cause.code === 'cancelled') return cause;
  const words = [messageOf(cause), ...complaints].join(' ').trim();
  const message = `Cannot ${step.what} (${words}).`;
  if ((cause instanceof FlowbenchError && cause.code === 'out_of_disk') || DISK_FULL.test(words)) {
    return new FlowbenchError('out_of_disk', message, { remedy: 'Free some disk, there and where temporary files go, or set XDG_CACHE_HOME and TMPDIR to folders with more; the same command continues where it stopped.', cause });
  }
  if (OTHER_CONTENT.test(words)) return otherContent(message, cause);
  return new FlowbenchError('tool_missing', message, { remedy: step.remedy, cause });
}

/** What arrived is not what is pinned: never installed. */
export function otherContent(message: string, cause?: unknown): FlowbenchError {
  return new FlowbenchError('engine_unavailable', message, {
    remedy: 'What was fetched is not what this version of flowbench knows, and is not installed: look at the mirror that is configured, then repeat the command.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Where a program lies in the folders of a PATH; null when it does not. */
export async function findProgram(program: string, path: string | undefined): Promise<string | null> {
  for (const folder of (path ?? '').split(delimiter).filter((part) => part !== '')) {
    const file = join(folder, program);
    if (await access(file, constants.X_OK).then(() => true, () => false)) return file;
  }
  return null;
}
