import { setTimeout as sleep } from 'node:timers/promises';
import type { TrinoClient } from '../../engines/trino/client.js';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import type { EngineLimits } from './limits.js';

export interface LeftQueries {
  readonly client: Pick<TrinoClient, 'run'>;
  readonly limits: Pick<EngineLimits, 'goneMs' | 'lookEveryMs'>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

const ASK_MS = 10_000;
/** As which every client of ours names itself. */
const SOURCE = 'flowbench';
const OURS = `SELECT query_id FROM system.runtime.queries WHERE source = '${SOURCE}' AND state NOT IN ('FINISHED', 'FAILED')`;
const WHY = 'Its coordinator is gone, and another one measures now.';

/**
 * Ends what earlier coordinators of ours asked of Trino, which goes on for minutes when nobody fetches the answer:
 * one run is measured at a time in a phase, so that whatever runs now has nobody. Throws `infrastructure` for what
 * does not end.
 */
export async function endLeftQueries({ client, limits, signal, log }: LeftQueries): Promise<void> {
  const ask = (sql: string): ReturnType<TrinoClient['run']> => client.run(sql, { deadlineAtMs: performance.now() + ASK_MS, signal });
  const untilMs = performance.now() + limits.goneMs;
  for (;;) {
    const { rows, queryId } = await ask(OURS);
    // The question itself is among them.
    const left = rows.map(([id]) => id ?? '').filter((id) => id !== queryId);
    if (left.length === 0) return;
    if (performance.now() > untilMs) throw new FlowbenchError('infrastructure', `What an earlier run asked of Trino does not end: ${left.join(', ')}.`, { remedy: "Look at it in Trino's own pages." });
    log(`trino: ends ${left.join(', ')}, which an earlier run left.`);
    for (const id of left) await ask(`CALL system.runtime.kill_query('${id}', '${WHY}')`).catch((error: unknown) => { log(`trino: ${id} was not ended: ${messageOf(error)}`); });
    await sleep(limits.lookEveryMs);
  }
}
