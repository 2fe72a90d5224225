import { PHASE_STACKS } from '../../workloads/model/physical-names.js';
import { allows } from '../infrastructure/iam-policy.js';
import { everythingOf, EVERY_STACK } from './every-stack.js';
import { describeRights, type RoleRights, rolesOf, tooWide } from './rights-table.js';

const roles = (): RoleRights[] => EVERY_STACK.flatMap((name) => rolesOf(name, everythingOf(name)));
const inPhases = (): RoleRights[] => roles().filter(({ stack }) => (PHASE_STACKS as readonly string[]).includes(stack));
const ACCOUNT = '${data.aws_caller_identity.Caller.account_id}';
const DATA = `arn:aws:s3:::ematix-flow-bench-data-${ACCOUNT}-us-east-2`;
const RESULTS = `arn:aws:s3:::ematix-flow-bench-results-${ACCOUNT}-us-east-2`;
const S3_WRITES = ['s3:PutObject', 's3:DeleteObject', 's3:PutBucketPolicy', 's3:DeleteBucket', 's3:PutLifecycleConfiguration'];

const planted = (action: string, resource: string): RoleRights => ({
  stack: 'alpha-stack', name: 'planted', trust: [], managedPolicies: [],
  statements: [{ Sid: 'Planted', Effect: 'Allow', Action: [action], Resource: [resource] }],
});

describe('the rights of every role', () => {
  it.each(EVERY_STACK)('are these in %s, action by action', (name) => {
    expect(rolesOf(name, everythingOf(name)).map(describeRights).join('\n\n')).toMatchSnapshot();
  });

  it('name every action, and everything they are on', () => {
    expect(roles().flatMap(tooWide)).toEqual([]);
    expect(tooWide(planted('s3:*', `${DATA}/*`))).toEqual(['alpha-stack planted: Planted allows s3:*']);
    expect(tooWide(planted('s3:PutObject', '*'))).toEqual(['alpha-stack planted: Planted allows s3:PutObject on everything']);
  });

  it('let no phase write to a dataset', () => {
    const writers = (of: readonly RoleRights[]): string[] =>
      of.filter(({ statements }) => S3_WRITES.some((action) => allows(statements, action, `${DATA}/tpch/sf10/lineitem/1992-01.parquet`) || allows(statements, action, DATA))).map(({ name }) => name);
    expect(writers(inPhases())).toEqual([]);
    expect(writers([planted('s3:DeleteObject', `${DATA}/*`)])).toEqual(['planted']);
  });

  it('let no worker touch what a run has recorded, or replace what another worker wrote', () => {
    const worker = inPhases().find(({ name }) => name.includes('flow-worker'));
    if (worker === undefined) throw new Error('there is no role of the flow worker');
    const may = (action: string, resource: string, context = {}): boolean => allows(worker.statements, action, resource, context);
    expect(may('s3:PutObject', `${RESULTS}/partials/run-1/0/out.parquet`, { 's3:if-none-match': '*' })).toBe(true);
    expect(may('s3:PutObject', `${RESULTS}/partials/run-2/0/out.parquet`)).toBe(false);
    expect(may('s3:DeleteObject', `${RESULTS}/partials/run-2/0/out.parquet`)).toBe(false);
    expect(may('s3:PutObject', `${RESULTS}/runs/run-1/results.ndjson`, { 's3:if-none-match': '*' })).toBe(false);
    expect(may('s3:GetObject', `${RESULTS}/runs/run-1/results.ndjson`)).toBe(false);
  });

  it('are for one service, or for one service account of one cluster', () => {
    const isNarrow = ({ Principal, Condition }: RoleRights['trust'][number]): boolean => {
      const [[kind, who] = ['', ''], ...others] = Object.entries(Principal);
      const isOne = kind === 'Service' ? /^[a-z0-9]+\.amazonaws\.com$/.test(who) : /:sub":"system:serviceaccount:[a-z-]+:[a-z-]+"/.test(JSON.stringify(Condition));
      return others.length === 0 && isOne;
    };
    expect(roles().filter(({ trust }) => trust.length === 0 || !trust.every(isNarrow))).toEqual([]);
    expect(isNarrow({ Principal: { AWS: '*' }, Action: ['sts:AssumeRole'], Condition: {} })).toBe(false);
  });
});
