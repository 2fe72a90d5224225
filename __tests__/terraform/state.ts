import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface State {
  readonly resources: readonly { readonly type: string; readonly instances: readonly { readonly attributes: Record<string, unknown> }[] }[];
}

/** Makes a deployed stack look as if its first apply had been some hours ago: that moment is kept in its state alone. */
export function ageState(folder: string, hours: number): void {
  const file = join(folder, 'terraform.tfstate');
  const state = JSON.parse(readFileSync(file, 'utf8')) as State;
  const moments = state.resources.filter(({ type }) => type === 'time_static').flatMap(({ instances }) => instances);
  if (moments.length !== 1) throw new Error(`${file} holds ${moments.length} moments of a first apply, one expected`);
  const then = new Date(Date.now() - hours * 3_600_000);
  const rfc3339 = `${then.toISOString().slice(0, 19)}Z`;
  for (const { attributes } of moments) Object.assign(attributes, { id: rfc3339, rfc3339, ...calendarOf(then) });
  writeFileSync(file, JSON.stringify(state, null, 2));
}

/** When a stack was first applied, as its state says. */
export function firstApplied(folder: string): string {
  const state = JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')) as State;
  return String(state.resources.find(({ type }) => type === 'time_static')?.instances[0]?.attributes.rfc3339);
}

function calendarOf(moment: Date): Readonly<Record<string, number>> {
  return {
    year: moment.getUTCFullYear(), month: moment.getUTCMonth() + 1, day: moment.getUTCDate(),
    hour: moment.getUTCHours(), minute: moment.getUTCMinutes(), second: moment.getUTCSeconds(), unix: Math.floor(moment.getTime() / 1000),
  };
}
