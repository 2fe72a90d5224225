import { evidenceSteps, notReached, smokeTable, step } from '../../workloads/cli/kubernetes/smoke-table.js';
import type { SmokeEvidence } from '../../workloads/cli/kubernetes/smoke-evidence.js';
import type { ResultRow } from '../../workloads/model/result-row.js';

const ROW = {
  query: 'Q6', status: 'ok', error: null, storage_medium: 's3', bytes_read: 1_000, bytes_exchanged: 276, rows: 1, spec_ok: true, strict_ok: true, coverage_ok: true, stages: { gate_ms: 2, proof_ms: 53 },
} as unknown as ResultRow;
const UNIT = { pod: 'fw-1', node: 'worker-0', started_ms: 94, executed_ms: 658, uploaded_ms: 12 } as unknown as SmokeEvidence['units'][number];

function evidence(row: Partial<ResultRow> = {}): SmokeEvidence {
  return { rows: [{ ...ROW, ...row }], units: [UNIT], left_in_s3: [] };
}

const outcomes = (steps: ReturnType<typeof evidenceSteps>): string[] => steps.map(({ what, isProven, found }) => `${what}: ${isProven ? 'yes' : found}`);

test('a run that went well proves every step', () => {
  expect(evidenceSteps(evidence(), '').every(({ isProven }) => isProven)).toBe(true);
});

test('a wrong answer is told at the answer, and the steps before it stay proven', () => {
  const steps = evidenceSteps(evidence({ status: 'wrong_answer', spec_ok: false, error: 'answer: 1 for 2' }), '');
  expect(outcomes(steps)).toEqual(['image started: yes', 'dataset read: yes', 'partial written: yes', 'answer right: answer: 1 for 2', 'row groups: yes']);
});

test('a row group that was read twice is told at the row groups', () => {
  const steps = evidenceSteps(evidence({ status: 'wrong_answer', coverage_ok: false, error: 'coverage: row group 3 was read twice' }), '');
  expect(outcomes(steps).at(-1)).toBe('row groups: coverage: row group 3 was read twice');
});

test('a failure is told once', () => {
  expect(outcomes(evidenceSteps(evidence({ status: 'infrastructure_error', error: 'no node takes the pod' }), ''))).toEqual([
    'query run: no node takes the pod', 'answer right: not reached', 'row groups: not reached',
  ]);
});

test('without evidence the coordinator\'s own words say why', () => {
  expect(outcomes(evidenceSteps(null, 'S3 does not allow to read it.'))[0]).toBe('run accepted: S3 does not allow to read it.');
});

test('the verdict names the first step that is not proven', () => {
  const reached = step('cluster reached', true, 'here', '', 10);
  expect(smokeTable([reached])).toMatch(/The cluster can run the benchmark\.$/);
  expect(smokeTable([reached, step('coordinator started', false, '', 'no image', 5), notReached('query run')])).toMatch(/cannot run the benchmark yet: coordinator started\.$/);
});
