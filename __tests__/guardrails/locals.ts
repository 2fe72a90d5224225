import { type SynthesizedStack } from '../infrastructure/synth.js';

/** Reference of the local value that holds an expression. */
export function localOf(stack: SynthesizedStack, expression: string): string {
  const locals = Object.entries((stack.json.locals ?? {}) as Readonly<Record<string, unknown>>);
  const found = locals.find(([, value]) => value === expression)?.[0];
  if (found === undefined) throw new Error(`no local value is ${expression}`);
  return `\${local.${found}}`;
}

/** Logical name of the role with a name. */
export function roleOf(stack: SynthesizedStack, name: string): string {
  const found = Object.entries(stack.resources('aws_iam_role')).find(([, role]) => role.name === name)?.[0];
  if (found === undefined) throw new Error(`no role ${name}`);
  return found;
}
