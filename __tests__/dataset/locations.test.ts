import { refuseS3 } from '../../workloads/dataset/local-copy.js';
import { answerPath, locationIn, manifestPath } from '../../workloads/dataset/paths.js';
import { fileUri } from '../../workloads/dataset/source.js';

describe('where the files of a dataset lie', () => {
  it.each([
    ['s3://b/tpch/sf1', 's3://b/tpch/sf1'], ['s3://b/tpch/sf1/', 's3://b/tpch/sf1'], ['s3://b', 's3://b'], ['data/sf1', 'data/sf1'], ['./data/sf1/', 'data/sf1'],
  ])('%s', (dir, base) => {
    expect(manifestPath(dir)).toBe(`${base}/_flowbench/manifest.json`);
    expect(answerPath(dir, 'Q1')).toBe(`${base}/_flowbench/answers/Q01.json`);
    expect(locationIn(dir, 'orders/part-001.parquet')).toBe(`${base}/orders/part-001.parquet`);
  });

  it('is the same location for who scans and who views a table in S3', () => {
    expect(fileUri('s3://b/sf1/', 'orders/x.parquet')).toBe(locationIn('s3://b/sf1/', 'orders/x.parquet'));
  });
});

describe('what works on folders alone', () => {
  it('refuses S3 and says how a dataset comes there', () => {
    expect(() => {
      refuseS3('"flowbench datagen"', 's3://b/sf1');
    }).toThrow(expect.objectContaining({ code: 'configuration', remedy: expect.stringContaining('aws s3 sync FOLDER s3://b/sf1') as string }) as Error);
  });

  it('takes a folder', () => {
    expect(() => {
      refuseS3('"flowbench datagen"', 'data/sf1');
    }).not.toThrow();
  });
});
