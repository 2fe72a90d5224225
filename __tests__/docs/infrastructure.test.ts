import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hourlyCost } from '../../stacks/cost.js';
import { STACKS } from '../../workloads/model/physical-names.js';
import { PROJECT_ROOT } from '../architecture/project-tree.js';
import { configWith } from '../stacks/stacks-of.js';

const text = readFileSync(join(PROJECT_ROOT, 'docs', 'infrastructure.md'), 'utf8');

describe('the page about the infrastructure', () => {
  it.each(STACKS)('says what an hour of %s costs', (name) => {
    const told = new RegExp(`^\\| ${name} \\| ([\\d.]+) \\|`, 'm').exec(text)?.[1];
    expect(Number(told)).toBe(hourlyCost(name, configWith()).usdPerHour);
  });

  it('names the parts of the price of a phase', () => {
    expect(text).toContain(hourlyCost('alpha-stack', configWith()).parts.map(({ what, usdPerHour }) => `${what} ${usdPerHour}`).join(', '));
  });

  it('shows the stacks as they are', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(PROJECT_ROOT, 'tools', 'stack-picture.mjs'), '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('answers each of 31 traps', () => {
    expect([...text.matchAll(/^\| (\d+) \| [^|]+ \| [^|]+ \|$/gm)].map(([, number]) => Number(number))).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
  });
});
