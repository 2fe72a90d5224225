import type { TrinoClient } from '../../../workloads/engines/trino/client.js';
import { endLeftQueries } from '../../../workloads/kubernetes/engines/trino-left.js';
import { SHORT } from './fake-engine-api.js';

const OWN = '20261121_000000_00009_own';
let asked: string[];
let lines: string[];
beforeEach(() => { asked = []; lines = []; });

/** A Trino on which these run, each until it is ended; some never end. */
function trinoWith(running: string[], isEnding = true): Pick<TrinoClient, 'run'> {
  return {
    run: (sql) => {
      asked.push(sql);
      const killed = /kill_query\('([^']+)'/.exec(sql)?.[1];
      if (killed !== undefined && isEnding) running.splice(running.indexOf(killed), 1);
      const rows = killed === undefined ? [...running, OWN].map((id) => [id]) : [];
      return Promise.resolve({ rows, queryId: OWN }) as unknown as ReturnType<TrinoClient['run']>;
    },
  };
}
const end = (client: Pick<TrinoClient, 'run'>): Promise<void> => endLeftQueries({ client, limits: SHORT, signal: new AbortController().signal, log: (line) => { lines.push(line); } });

test('what an earlier coordinator left is ended, and seen to be gone', async () => {
  await end(trinoWith(['a_1', 'b_2']));
  expect(asked.map((sql) => sql.replace(/ .*$/, ''))).toEqual(['SELECT', 'CALL', 'CALL', 'SELECT']);
  expect(lines).toEqual(['trino: ends a_1, b_2, which an earlier run left.']);
});

test('a Trino that does nothing is asked once', async () => {
  await end(trinoWith([]));
  expect(asked).toHaveLength(1);
});

test('what does not end is told, and nothing is measured beside it', async () => {
  await expect(end(trinoWith(['a_1'], false))).rejects.toMatchObject({ code: 'infrastructure', message: 'What an earlier run asked of Trino does not end: a_1.' });
});
