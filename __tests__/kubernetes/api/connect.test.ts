import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FakeApiServer } from './fake-api-server.js';

const ROOT = join(__dirname, '..', '..', '..');
jest.setTimeout(30_000);
const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));

/**
 * Connects, one after the other, in a process of its own: the client is a module that the tests' loader does not
 * load. Answers the lines that were printed.
 */
async function connect(accesses: readonly object[], then = ''): Promise<string[]> {
  const script = join(folder, 'connect.ts');
  writeFileSync(script, `
    const { connectCluster } = require(${JSON.stringify(join(ROOT, 'workloads', 'kubernetes', 'api', 'connect.ts'))});
    (async () => {
      for (const access of ${JSON.stringify(accesses)}) {
        try {
          const api = await connectCluster(access);
          ${then}
        } catch (error) {
          console.log(error.code, error.sentence ?? error.message);
        }
      }
    })();
  `);
  const preload = join(ROOT, '__tests__', 'fixtures', 'run-typescript.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['-r', preload, script], { env: { PATH: process.env.PATH, HOME: folder } });
  return stdout.trim().split('\n');
}

function kubeconfig(server: string): string {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, JSON.stringify({
    'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'one',
    'clusters': [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    'users': [{ name: 'u', user: { token: 'secret-token' } }],
    'contexts': [{ name: 'one', context: { cluster: 'c', user: 'u' } }, { name: 'broken', context: { cluster: 'none', user: 'u' } }],
  }));
  return file;
}

describe('a connection by kubeconfig', () => {
  const server = new FakeApiServer();
  let printed: string[];

  beforeAll(async () => {
    await server.start();
    server.put('/apis/batch/v1/namespaces/bench/jobs', 'j');
    const file = kubeconfig(server.connection.server);
    const access = { kind: 'kubeconfig', namespace: 'bench' };
    printed = await connect([{ ...access, file }, { ...access, file: join(folder, 'missing') }, { ...access, file, context: 'two' }, { ...access, file, context: 'broken' }, access], `
      console.log((await api.getJob('j')).metadata.name, (await api.getJob('k')));
      const watching = api.watchPods('', () => undefined);
      await watching.ready;
      setTimeout(() => watching.stop(), 50);
      console.log(await watching.ended);
    `);
  });
  afterAll(() => server.stop());

  it('calls as its user, and leaves nothing that keeps the process', () => {
    expect(printed.slice(0, 2)).toEqual(['j null', 'null']);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(Array.from({ length: 4 }, () => 'Bearer secret-token'));
    expect(server.openSockets).toBe(0);
  });

  it('is refused with what to do where there is none', () => {
    expect(printed.slice(2)).toEqual([
      expect.stringMatching(/^configuration There is no way to the cluster by the kubeconfig .*missing: ENOENT.* Give --kubeconfig a file/),
      expect.stringMatching(/^configuration There is no context "two" .* Name one of its contexts with --context: one, broken\.$/),
      expect.stringMatching(/^configuration There is no context "broken" with a cluster/),
      expect.stringMatching(/^configuration There is no kubeconfig of this user\. Give --kubeconfig/),
    ]);
  });
});
