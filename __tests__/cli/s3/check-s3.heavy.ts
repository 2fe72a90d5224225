import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlace, type CheckedStep } from '../../../workloads/cli/s3/check-s3.js';
import { installHttpfs } from '../../../workloads/cli/s3/install-httpfs.js';
import { useS3 } from '../../../workloads/storage/settings.js';
import { startS3Server, type S3Server } from '../../fixtures/s3-server.js';

/** The first time, the server is compiled. */
const PATIENCE_MS = 900_000;

let server: S3Server;
let httpfsFile: string;

beforeAll(async () => {
  httpfsFile = join(await mkdtemp(join(tmpdir(), 'flowbench-install-')), 'httpfs.duckdb_extension');
  await installHttpfs({ file: httpfsFile, python: 'python3', signal: new AbortController().signal });
  server = await startS3Server();
  await server.makeBucket('checked');
  Object.assign(process.env, server.environment());
  useS3({ region: server.region, endpoint: server.endpoint, httpfsFile, retry: { budgetMs: 1000 } });
}, PATIENCE_MS);

afterEach(() => {
  server.heal();
});

afterAll(() => server.stop());

async function failuresAt(uri: string): Promise<string[]> {
  const steps: CheckedStep[] = [];
  await checkPlace(uri, (step) => steps.push(step));
  return steps.filter(({ failure }) => failure !== null).map(({ what }) => what);
}

describe('the check of a place in S3', () => {
  it('finds a server that does all, with an extension as it was just fetched', async () => {
    expect(await failuresAt('s3://checked/prefix')).toEqual([]);
  });

  it('finds a role that may not list', async () => {
    server.deny(({ query }) => query.includes('list-type'));
    expect(await failuresAt('s3://checked/prefix')).toEqual(['lists', 'lists what was written', 'removes']);
  });

  it('finds a server that takes a second write of the same name', async () => {
    let writes = 0;
    server.inject(({ method }) => (method === 'PUT' && writes++ === 1 ? { status: 200, code: '' } : null));
    expect(await failuresAt('s3://checked/prefix')).toEqual(['keeps what is there']);
  });
});
