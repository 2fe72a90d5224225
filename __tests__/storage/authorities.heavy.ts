import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultHttpfsFile } from '../../workloads/cli/s3.js';
import { installHttpfs } from '../../workloads/cli/s3/install-httpfs.js';
import { DuckDBSession } from '../../workloads/duckdb/session.js';
import { authoritiesFile } from '../../workloads/storage/authorities-file.js';

const CSV = 'a,b\n1,2\n';

/** A slim image has no certificates of its own, and DuckDB checks those of a server. */
describe('the authorities that DuckDB trusts', () => {
  const here = mkdtempSync(join(tmpdir(), 'authorities-'));
  let server: Server;
  let url = '';
  let certificate = '';

  beforeAll(async () => {
    await installHttpfs({ file: defaultHttpfsFile(), python: 'python3', signal: new AbortController().signal });
    const [key, cert] = [join(here, 'key.pem'), join(here, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    certificate = readFileSync(cert, 'utf8');
    server = createServer({ key: readFileSync(key), cert: certificate }, (request, response) => {
      response.setHeader('content-length', CSV.length);
      response.end(request.method === 'HEAD' ? undefined : CSV);
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/x.csv`;
  }, 180_000);

  afterAll(() => {
    server.close();
    rmSync(here, { recursive: true, force: true });
  });

  async function read(authorities: string | undefined): Promise<number> {
    const session = await DuckDBSession.open({
      threads: 1, memoryLimitBytes: 200_000_000, spillDir: here, parquetMetadataCache: false,
      s3: {
        region: 'us-east-2', extensionFile: defaultHttpfsFile(), credentials: () => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 'b' }),
        ...(authorities === undefined ? {} : { authoritiesFile: authorities }),
      },
    });
    try {
      await session.execute('SET http_retries = 0');
      return (await session.query(`SELECT * FROM read_csv('${url}')`)).rows.length;
    } finally {
      session.close();
    }
  }

  it('are those of a file where the system has none', async () => {
    const file = await authoritiesFile([join(here, 'no-such-file')], [certificate]);
    expect(readFileSync(file ?? '', 'utf8')).toBe(certificate);
    expect(await read(file)).toBe(1);
  });

  it('are those of the system where it has some, which do not vouch for a stranger', async () => {
    expect(await authoritiesFile([join(here, 'cert.pem')])).toBeUndefined();
    await expect(read(undefined)).rejects.toThrow(/certificate/i);
  });
});
