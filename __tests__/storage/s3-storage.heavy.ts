import { useS3 } from '../../workloads/storage/settings.js';
import { startS3Server, type S3Server } from '../fixtures/s3-server.js';
import { describeStorage } from './storage-contract.js';

/** The first time, the server is compiled. */
const START_MS = 900_000;

let server: S3Server;
let tests = 0;

beforeAll(async () => {
  server = await startS3Server();
  await server.makeBucket('contract');
  Object.assign(process.env, server.environment());
  useS3({ region: server.region, endpoint: server.endpoint });
}, START_MS);

afterAll(() => server.stop());

describeStorage('S3', () => {
  tests += 1;
  return Promise.resolve(`${server.url('contract')}/test-${tests}`);
});
