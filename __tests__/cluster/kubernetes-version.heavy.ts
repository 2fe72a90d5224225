import { TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { DeployChecks } from '../../constructs/checks/deploy-checks.js';
import { checkVersionDates } from '../../constructs/cluster/kubernetes-version.js';
import { PlainTerraform } from '../infrastructure/plain-terraform.js';
import { synthesize } from '../infrastructure/synth.js';

/** Kubernetes 1.31 (standard support until 2025-11-26, extended until 2026-11-26) on several days, with the real Terraform CLI. */

const TIMEOUT_MS = 120_000;
const WARNING = 'Standard support of Kubernetes 1.31 on EKS ended on 2025-11-26';
const REFUSAL = 'Kubernetes 1.31 left all support on EKS on 2026-11-26';

describe('a version as its days go by', () => {
  let terraform: PlainTerraform;

  beforeAll(async () => {
    const stack = new TerraformStack(Testing.app(), 'versions');
    new TerraformVariable(stack, 'today', { type: 'string' });
    checkVersionDates(new DeployChecks(stack, 'Checks'), '1.31');
    terraform = await PlainTerraform.of(synthesize(stack), (text) => text.replaceAll('plantimestamp()', 'var.today'));
  }, TIMEOUT_MS);

  afterAll(async () => {
    await terraform.end();
  });

  test.each([
    ['2025-11-26T12:00:00Z', { exitCode: 0, warns: false, refuses: false }],
    ['2025-11-27T00:00:00Z', { exitCode: 0, warns: true, refuses: false }],
    ['2026-11-26T23:59:59Z', { exitCode: 0, warns: true, refuses: false }],
    ['2026-11-27T00:00:00Z', { exitCode: 1, warns: true, refuses: true }],
  ])('on %s', async (today, expected) => {
    const { exitCode, output } = await terraform.run('plan', `-var=today=${today}`);
    expect({ exitCode, warns: output.includes(`assertion failed`) && output.includes(WARNING), refuses: output.includes('precondition failed') && output.includes(REFUSAL) }).toEqual(expected);
  }, TIMEOUT_MS);
});
