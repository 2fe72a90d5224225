import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepTrinoLogs } from '../../../workloads/kubernetes/engines/trino-logs.js';
import { FakeEngineApi, podOf } from './fake-engine-api.js';

let cluster: FakeEngineApi;
let artifactsUri: string;
let lines: string[];
beforeEach(() => {
  cluster = new FakeEngineApi();
  artifactsUri = mkdtempSync(join(tmpdir(), 'flowbench-trino-logs-'));
  lines = [];
  for (const name of ['coordinator', 'worker']) {
    cluster.pods.set(name, podOf(name, {}, {}));
    cluster.logs.set(name, `what ${name} wrote\n`);
  }
});
afterEach(() => { rmSync(artifactsUri, { recursive: true, force: true }); });

const keep = (): Promise<void> => keepTrinoLogs({ api: cluster.api, artifactsUri, log: (line) => { lines.push(line); } });

test('logs of all pods of Trino are kept beside the rows', async () => {
  await keep();
  expect(readdirSync(artifactsUri).sort()).toEqual(['coordinator.log.txt', 'worker.log.txt']);
  expect(readFileSync(join(artifactsUri, 'worker.log.txt'), 'utf8')).toBe('what worker wrote\n');
  expect(lines).toEqual([]);
});

test('a log that cannot be had is said, and fails nothing', async () => {
  cluster.podLog = () => Promise.reject(new Error('the node does not answer'));
  await keep();
  expect(readdirSync(artifactsUri)).toEqual([]);
  expect(lines).toEqual(['trino: not every log could be kept (the node does not answer)']);
});

test('nothing is asked where nothing is kept', async () => {
  cluster.listPods = () => Promise.reject(new Error('asked'));
  await keepTrinoLogs({ api: cluster.api, artifactsUri: undefined, log: (line) => { lines.push(line); } });
  expect(lines).toEqual([]);
});
