import type { ApiCaller } from './caller.js';
import { isPassingError, isPassingStatus, refusalOf, type CallName } from './failures.js';
import { textOf } from './http.js';
import { readLines } from './read-lines.js';

/** What containers write, by the kubelet through the API server. */
export class PodLogs {
  /** @param pods path of the namespace's pods */
  constructor(
    private readonly caller: ApiCaller,
    private readonly namespace: string,
    private readonly pods: string,
  ) {}

  /** Null where the pod or its log is gone, or its container has not started. */
  async tail(pod: string, tailLines: number): Promise<string | null> {
    const call = this.name(pod);
    const answer = await this.caller.call({ ...call, verb: 'get' }, { method: 'GET', path: `${this.path(pod)}?tailLines=${tailLines}` }).catch((error: unknown) => {
      if (isNotThere(error)) return null;
      throw error;
    });
    if (answer === null || answer.status === 404) return null;
    if (answer.status >= 300) throw refusalOf(call, answer);
    return answer.body;
  }

  /** True when the log came to its end; false when it could not be followed to it. */
  async follow(pod: string, { sinceSeconds, signal }: { readonly sinceSeconds?: number; readonly signal: AbortSignal }, onLine: (line: string) => void): Promise<boolean> {
    const call = this.name(pod);
    this.caller.count(call);
    const query = new URLSearchParams({ follow: 'true', ...(sinceSeconds === undefined ? {} : { sinceSeconds: String(Math.max(1, Math.ceil(sinceSeconds))) }) });
    try {
      const stream = await this.caller.http.open({ method: 'GET', path: `${this.path(pod)}?${query.toString()}` }, signal);
      // A container may be silent for long: the connection alone tells whether it is there.
      stream.setTimeout(0);
      if (stream.statusCode === 200) {
        await readLines(stream, onLine);
        return true;
      }
      const status = stream.statusCode ?? 0;
      const body = await textOf(stream);
      if (status === 400 || status === 404 || isPassingStatus(status) || this.caller.isDoubtful(status)) return false;
      throw refusalOf(call, { status, body });
    } catch (error) {
      if (signal.aborted || isPassingError(error)) return false;
      throw error;
    }
  }

  private path(pod: string): string {
    return `${this.pods}/${encodeURIComponent(pod)}/log`;
  }

  private name(pod: string): CallName {
    return { verb: 'get', resource: 'pods/log', namespace: this.namespace, name: pod };
  }
}

/** The API server's 400 for a container that waits to be started. */
function isNotThere(error: unknown): boolean {
  return error instanceof Error && /is waiting to start|ContainerCreating|not found/.test(error.message);
}
