import { defaultHttpfsFile, setUpS3 } from '../../workloads/cli/s3.js';
import { s3Of } from '../../workloads/engines/driver/session-file.js';
import { s3AccessFor, s3ReachFor } from '../../workloads/storage/s3-access.js';
import { s3Settings, useS3 } from '../../workloads/storage/settings.js';
import { storageOf } from '../../workloads/storage/storage-of.js';

afterEach(() => {
  useS3({});
});

describe('how S3 is reached', () => {
  it('comes from the environment, as every AWS tool reads it', () => {
    setUpS3({ AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:7070/', FLOWBENCH_HTTPFS: 'x.duckdb_extension', FLOWBENCH_S3_RETRY_SECONDS: '3' });
    expect(s3Settings()).toEqual({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:7070', httpfsFile: 'x.duckdb_extension', retry: { budgetMs: 3000 } });
  });

  it('prefers what is said of S3 to what is said of all services', () => {
    setUpS3({ AWS_DEFAULT_REGION: 'us-west-2', AWS_ENDPOINT_URL_S3: 'https://s3-server', AWS_ENDPOINT_URL: 'https://all-services' });
    expect(s3Settings()).toEqual({ region: 'us-west-2', endpoint: 'https://s3-server', httpfsFile: defaultHttpfsFile() });
  });

  it('is AWS where nothing is said', () => {
    setUpS3({});
    expect(s3Settings()).toEqual({ httpfsFile: defaultHttpfsFile() });
  });

  it.each([[{ AWS_ENDPOINT_URL: '127.0.0.1:7070' }], [{ AWS_ENDPOINT_URL: 'http://host/path' }], [{ FLOWBENCH_S3_RETRY_SECONDS: 'soon' }]])('refuses %o', (environment) => {
    expect(() => {
      setUpS3(environment);
    }).toThrow(expect.objectContaining({ code: 'configuration' }) as Error);
  });
});

describe('a location', () => {
  it('decides its storage by its scheme', () => {
    expect(storageOf('s3://b/x')).toBe(storageOf('s3://other'));
    expect(storageOf('/x')).toBe(storageOf('runs/1'));
    expect(storageOf('/x')).not.toBe(storageOf('s3://b'));
  });

  it('of this machine needs nothing of S3', async () => {
    await expect(s3AccessFor(['runs/1', '/data'])).resolves.toBeUndefined();
  });

  it('in S3 is reached without that extension by an engine that has a client of its own', async () => {
    useS3({ region: 'us-east-2', endpoint: 'http://127.0.0.1:7070' });
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const before = process.env;
    process.env = { ...before, ...keys };
    try {
      await expect(s3ReachFor(['/data', 's3://b/x'])).resolves.toMatchObject({ region: 'us-east-2', endpoint: 'http://127.0.0.1:7070' });
      await expect(s3Of('s3://b/x')).resolves.toMatchObject({ region: 'us-east-2', access_key_id: 'a', secret_access_key: 'b' });
      await expect(s3Of('/data')).resolves.toBeNull();
    } finally {
      process.env = before;
    }
  });

  it.each([[{}], [{ httpfsFile: 'not-there.duckdb_extension' }]])('in S3 needs the extension of DuckDB, and says where it comes from (%o)', async (settings) => {
    useS3(settings);
    await expect(s3AccessFor(['/data', 's3://b/x'])).rejects.toMatchObject({ code: 'tool_missing', remedy: expect.stringContaining('flowbench s3 install') as string });
  });
});
