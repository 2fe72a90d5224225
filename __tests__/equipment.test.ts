import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectTree } from './architecture/project-tree.js';
import { freePort } from '../workloads/engines/free-port.js';
import { reservedPort } from './fixtures/reserved-port.js';

/** So many of 12,000 never all differ when they are drawn by chance. */
const MANY = 800;

/** One after the other, as nobody listens on a port between its choice and its use. */
async function distinct(choose: () => Promise<number>): Promise<number> {
  const ports = new Set<number>();
  for (let count = 0; count < MANY; count += 1) ports.add(await choose());
  return ports.size;
}

describe('what all suites are run with', () => {
  test('gives no port twice, as chance alone would', async () => {
    expect(await distinct(reservedPort)).toBe(MANY);
    expect(await distinct(freePort)).toBeLessThan(MANY);
  });

  test('begins with test files that there are', () => {
    const longest = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'longest-first.json'), 'utf8')) as readonly string[];
    const names = new Set([...projectTree().keys()].map((path) => basename(path)));
    expect(longest.filter((name) => !names.has(name))).toEqual([]);
    expect(longest.length).toBeGreaterThan(1);
  });
});
