import type { DuckDBConnection } from '@duckdb/node-api';
import { S3Secret } from '../../workloads/duckdb/s3-secret.js';
import type { S3Access, S3Credentials } from '../../workloads/model/s3-access.js';

const HOUR_MS = 3_600_000;

/** A connection that keeps what it was asked to run. */
function recording(): { connection: DuckDBConnection; statements: string[] } {
  const statements: string[] = [];
  const run = (sql: string): Promise<void> => {
    statements.push(sql);
    return Promise.resolve();
  };
  return { connection: { run } as unknown as DuckDBConnection, statements };
}

function access(credentials: () => S3Credentials, more: Partial<S3Access> = {}): S3Access {
  return { region: 'us-east-2', extensionFile: 'x', credentials: () => Promise.resolve(credentials()), ...more };
}

describe("DuckDB's credentials for S3", () => {
  it('are told once when they do not expire', async () => {
    const { connection, statements } = recording();
    const secret = new S3Secret(connection, access(() => ({ accessKeyId: "k'1", secretAccessKey: 's' })));
    await secret.renew();
    await secret.renew();
    expect(statements).toEqual(["CREATE OR REPLACE SECRET flowbench_s3 (TYPE s3, KEY_ID 'k''1', SECRET 's', REGION 'us-east-2')"]);
  });

  it('are renewed before they expire, for as long as a session is open', async () => {
    const { connection, statements } = recording();
    let nowMs = 0;
    const clock = () => nowMs;
    const issued = () => ({ accessKeyId: `k${nowMs}`, secretAccessKey: 's', sessionToken: 't', expiresAt: new Date(nowMs + HOUR_MS) });
    const secret = new S3Secret(connection, access(issued), clock);
    for (; nowMs < 3 * HOUR_MS; nowMs += 60_000) {
      await secret.renew();
      const issuedAtMs = Number(/KEY_ID 'k(\d+)'/.exec(statements.at(-1) ?? '')?.[1]);
      expect(issuedAtMs + HOUR_MS).toBeGreaterThan(nowMs);
    }
    expect(statements).toHaveLength(4);
  });

  it('are asked for twice a minute at most where even new ones end soon, and told only when they differ', async () => {
    const { connection, statements } = recording();
    let nowMs = 0;
    let asked = 0;
    const secret = new S3Secret(connection, access(() => {
      asked += 1;
      return { accessKeyId: 'k', secretAccessKey: 's', expiresAt: new Date(5 * 60_000) };
    }), () => nowMs);
    for (; nowMs < 60_000; nowMs += 1000) await secret.renew();
    expect([asked, statements.length]).toEqual([2, 1]);
  });

  it('go to a server of its own by path, encrypted or not as its address says', async () => {
    for (const [endpoint, ssl] of [['http://127.0.0.1:7070', false], ['https://s3-server', true]] as const) {
      const { connection, statements } = recording();
      await new S3Secret(connection, access(() => ({ accessKeyId: 'k', secretAccessKey: 's' }), { endpoint })).renew();
      expect(statements[0]).toContain(`ENDPOINT '${new URL(endpoint).host}', URL_STYLE 'path', USE_SSL ${ssl}`);
    }
  });
});
