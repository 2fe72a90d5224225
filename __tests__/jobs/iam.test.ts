import { allows, type RequestContext, type Statement, statementsOf } from '../infrastructure/iam-policy.js';
import { phaseJobs, stackOf } from './support.js';

const DATA = 'arn:aws:s3:::bench-data';
const RESULTS = 'arn:aws:s3:::bench-results';
const stack = stackOf(phaseJobs());
const worker = statementsOf(stack, 'bench-alpha-stack-flow-worker-us-east-2');
const coordinator = statementsOf(stack, 'bench-alpha-stack-coordinator-us-east-2');

const withoutSid = (statements: readonly Statement[]) => statements.map(({ Action, Resource, Condition }) => [Action, Resource, Condition ?? {}]);
const NEW_OBJECT: RequestContext = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' };
const ANY_OBJECT: RequestContext = { 's3:ObjectCreationOperation': 'true' };
const ONE_PART: RequestContext = { 's3:ObjectCreationOperation': 'false' };

describe('the rights of a worker', () => {
  it('are these statements and no more', () => {
    const partials = [`${RESULTS}/partials/*`];
    expect(withoutSid(worker)).toEqual([
      [['s3:GetBucketLocation'], [DATA], {}],
      [['s3:ListBucket'], [DATA], {}],
      [['s3:GetObject'], [`${DATA}/*`], {}],
      [['s3:GetObject'], partials, {}],
      [['s3:PutObject'], partials, { Null: { 's3:if-none-match': 'false' } }],
      [['s3:PutObject'], partials, { Bool: { 's3:ObjectCreationOperation': 'false' } }],
      [['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], partials, {}],
    ]);
  });

  it.each<[string, string, string, RequestContext]>([
    ['read the dataset', 's3:GetObject', `${DATA}/tpch/sf10/lineitem/1992-01.parquet`, {}],
    ['read a partial that it was told of', 's3:GetObject', `${RESULTS}/partials/run-1/a.parquet`, {}],
    ['put a new partial', 's3:PutObject', `${RESULTS}/partials/run-1/a.parquet`, NEW_OBJECT],
    ['upload a partial in parts', 's3:PutObject', `${RESULTS}/partials/run-1/a.parquet`, ONE_PART],
    ['give up an upload', 's3:AbortMultipartUpload', `${RESULTS}/partials/run-1/a.parquet`, {}],
    ['begin an upload in parts', 's3:PutObject', `${RESULTS}/partials/run-1/a.parquet`, ONE_PART],
    ['end an upload in parts where nothing is yet', 's3:PutObject', `${RESULTS}/partials/run-1/a.parquet`, NEW_OBJECT],
    ['put its report beside the partial', 's3:PutObject', `${RESULTS}/partials/run-1/a.parquet.metrics.json`, NEW_OBJECT],
    ['see whether an object that is there is its own', 's3:GetObject', `${RESULTS}/partials/run-1/a.parquet`, {}],
    ['read a side input of the coordinator', 's3:GetObject', `${RESULTS}/partials/run-1/side-Q11-1-total.parquet`, {}],
    ['be told that an object of the dataset is missing', 's3:ListBucket', DATA, {}],
  ])('let it %s', (_what, action, resource, context) => {
    expect(allows(worker, action, resource, context)).toBe(true);
  });

  it.each<[string, string, string, RequestContext]>([
    ['overwrite what another run wrote', 's3:PutObject', `${RESULTS}/partials/run-2/a.parquet`, ANY_OBJECT],
    ['delete what another run wrote', 's3:DeleteObject', `${RESULTS}/partials/run-2/a.parquet`, {}],
    ['find what other runs wrote', 's3:ListBucket', RESULTS, { 's3:prefix': 'partials/' }],
    ['read results', 's3:GetObject', `${RESULTS}/runs/run-2/results.ndjson`, {}],
    ['write results', 's3:PutObject', `${RESULTS}/runs/run-2/results.ndjson`, NEW_OBJECT],
    ['write beside partials', 's3:PutObject', `${RESULTS}/partials-of-others/a`, NEW_OBJECT],
    ['write the dataset', 's3:PutObject', `${DATA}/tpch/sf10/lineitem/1992-01.parquet`, NEW_OBJECT],
    ['read another bucket', 's3:GetObject', 'arn:aws:s3:::somebody/x', {}],
    ['assume another role', 'sts:AssumeRole', 'arn:aws:iam::111122223333:role/bench-alpha-stack-coordinator-us-east-2', {}],
  ])('do not let it %s', (_what, action, resource, context) => {
    expect(allows(worker, action, resource, context)).toBe(false);
  });
});

describe('the rights of a coordinator', () => {
  it('are reading the dataset, and reading and writing runs/ and partials/', () => {
    const writes = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
    expect(withoutSid(coordinator)).toEqual([
      [['s3:GetBucketLocation'], [DATA], {}],
      [['s3:ListBucket'], [DATA], {}],
      [['s3:GetObject'], [`${DATA}/*`], {}],
      ...['runs', 'partials'].flatMap((prefix) => [
        [['s3:GetBucketLocation'], [RESULTS], {}],
        [['s3:ListBucket'], [RESULTS], { StringLike: { 's3:prefix': [`${prefix}/*`] } }],
        [['s3:GetObject'], [`${RESULTS}/${prefix}/*`], {}],
        [writes, [`${RESULTS}/${prefix}/*`], {}],
      ]),
    ]);
  });

  it.each<[string, string, string, RequestContext]>([
    ['list a dataset', 's3:ListBucket', DATA, { 's3:prefix': 'tpch/sf10/' }],
    ['find the rows of a run', 's3:ListBucket', RESULTS, { 's3:prefix': 'runs/run-1/rows/' }],
    ['store a row, once', 's3:PutObject', `${RESULTS}/runs/run-1/rows/a.json`, NEW_OBJECT],
    ['put the rows together at the end', 's3:PutObject', `${RESULTS}/runs/run-1/results.ndjson`, ANY_OBJECT],
    ['read what a run stored', 's3:GetObject', `${RESULTS}/runs/run-1/run.json`, {}],
    ['read the report of a worker', 's3:GetObject', `${RESULTS}/partials/run-1/a.parquet.metrics.json`, {}],
    ['put a side input for workers', 's3:PutObject', `${RESULTS}/partials/run-1/side-Q11-1-total.parquet`, NEW_OBJECT],
    ['find the partials of a query', 's3:ListBucket', RESULTS, { 's3:prefix': 'partials/run-1/flow/Q14-2/' }],
    ['delete the partials of a query', 's3:DeleteObject', `${RESULTS}/partials/run-1/flow/Q14-2/a.parquet`, {}],
  ])('let it %s', (_what, action, resource, context) => {
    expect(allows(coordinator, action, resource, context)).toBe(true);
  });

  it.each<[string, string, string, RequestContext]>([
    ['list the whole results bucket', 's3:ListBucket', RESULTS, { 's3:prefix': '' }],
    ['list event logs', 's3:ListBucket', RESULTS, { 's3:prefix': 'spark-event-logs/' }],
  ])('do not let it %s', (_what, action, resource, context) => {
    expect(allows(coordinator, action, resource, context)).toBe(false);
  });

  it.each<[string, string, string]>([
    ['write the dataset', 's3:PutObject', `${DATA}/tpch/sf10/x.parquet`],
    ['delete the dataset', 's3:DeleteObject', `${DATA}/tpch/sf10/x.parquet`],
    ['write event logs', 's3:PutObject', `${RESULTS}/spark-event-logs/x`],
    ['change the bucket', 's3:PutBucketPolicy', RESULTS],
    ['start machines', 'ec2:RunInstances', '*'],
  ])('do not let it %s', (_what, action, resource) => {
    expect(allows(coordinator, action, resource)).toBe(false);
  });
});

describe('the check of rights itself', () => {
  it.each<[string, Partial<Statement>]>([
    ['a wildcard action', { Action: ['s3:*'] }],
    ['a wildcard resource', { Resource: ['*'] }],
    ['a lifted condition', { Condition: {} }],
  ])('notices %s', (_what, planted) => {
    const loosened = worker.map((one) => (one.Sid === 'CreatePartials' ? { ...one, ...planted } : one));
    const forbidden = [
      allows(loosened, 's3:DeleteObject', `${RESULTS}/partials/run-2/a.parquet`, NEW_OBJECT),
      allows(loosened, 's3:PutObject', `${RESULTS}/runs/run-2/results.ndjson`, NEW_OBJECT),
      allows(loosened, 's3:PutObject', `${RESULTS}/partials/run-2/a.parquet`, ANY_OBJECT),
    ];
    expect(forbidden).toContain(true);
  });

  it('holds for every role: no action and no resource is a wildcard of its own', () => {
    for (const { Action, Resource } of [...worker, ...coordinator]) {
      expect(Action.filter((action) => action.includes('*'))).toEqual([]);
      expect(Resource.filter((resource) => /^\*|:\*$/.test(resource))).toEqual([]);
    }
  });
});
