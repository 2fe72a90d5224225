import { Op, TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { DeployChecks } from '../../constructs/checks/deploy-checks.js';
import { synthesize } from '../infrastructure/synth.js';

function checked(add: (checks: DeployChecks, value: string) => void): ReturnType<typeof synthesize> {
  const stack = new TerraformStack(Testing.app(), 'stack');
  const variable = new TerraformVariable(stack, 'v', { type: 'string' });
  add(new DeployChecks(stack, 'Checks'), variable.stringValue);
  return synthesize(stack);
}

test('a requirement is a precondition on a resource that needs no provider', () => {
  const synthesized = checked((checks, value) => { checks.require('There', Op.eq(value, 'yes'), 'It is not there.'); });
  const locals = synthesized.json.locals as Record<string, string>;
  const [name = '', expression] = Object.entries(locals)[0] ?? [];
  expect(expression).toBe('${(var.v == "yes")}');
  expect(synthesized.only('terraform_data')).toEqual({ lifecycle: { precondition: [{ condition: `\${local.${name}}`, error_message: 'It is not there.' }] } });
  expect(synthesized.json.terraform).not.toHaveProperty('required_providers');
});

test('a warning is a check block and no resource', () => {
  const synthesized = checked((checks, value) => { checks.warn('Old', Op.neq(value, 'old'), 'It is old.'); });
  const [block] = Object.values(synthesized.json.check as Record<string, { assert: { error_message: string }[] }>);
  expect(block?.assert).toEqual([{ condition: expect.stringMatching(/^\$\{local\.\w+\}$/) as string, error_message: 'It is old.' }]);
  expect(synthesized.addresses()).toEqual([]);
});
