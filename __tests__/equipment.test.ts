import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectTree } from './architecture/project-tree.js';
import { reservedPort } from './fixtures/reserved-port.js';

describe('what all suites are run with', () => {
  test('gives no port twice, where by chance alone some would be', async () => {
    const ports = await Promise.all(Array.from({ length: 400 }, reservedPort));
    expect(new Set(ports).size).toBe(ports.length);
  });

  test('begins with test files that there are', () => {
    const longest = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'longest-first.json'), 'utf8')) as readonly string[];
    const names = new Set([...projectTree().keys()].map((path) => basename(path)));
    expect(longest.filter((name) => !names.has(name))).toEqual([]);
    expect(longest.length).toBeGreaterThan(1);
  });
});
