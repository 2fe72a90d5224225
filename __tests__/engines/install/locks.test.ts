import { readFileSync } from 'node:fs';
import { JAVA_PACKAGES, LOCAL_ENGINES } from '../../../images/versions.js';
import { LOCKS } from '../../../workloads/engines/install/locks.js';
import { RECIPES } from '../../../workloads/engines/install/recipes.js';

const read = (file: string): string => readFileSync(file, 'utf8');
const PIP_LOCKS = [LOCKS.sparkBuild, LOCKS.spark, LOCKS.daft, LOCKS.java17, LOCKS.java25];

/** Requirements of a lock: a line that names one, and what is continued from it. */
function requirements(text: string): string[] {
  return text.replace(/^#.*$/gm, '').replaceAll('\\\n', ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

const isPinned = (requirement: string): boolean => /^[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}/.test(requirement);

describe.each(PIP_LOCKS)('%s', (file) => {
  it('pins everything by version and content, and names no index', () => {
    expect(requirements(read(file)).filter((requirement) => !isPinned(requirement))).toEqual([]);
    expect(read(file)).not.toMatch(/:\/\/|--(extra-)?index|--find-links/);
  });
});

it('a requirement without a hash is seen', () => {
  expect(requirements('a==1 \\\n    --hash=sha256:00\nb==2\n').filter((requirement) => !isPinned(requirement))).toHaveLength(2);
});

it('the locks are of the versions in the table', () => {
  expect(read(LOCKS.spark)).toContain(`\npyspark==${LOCAL_ENGINES.spark.version} `);
  expect(read(LOCKS.daft)).toContain(`\ndaft==${LOCAL_ENGINES.daft.version} `);
  expect(read(LOCKS.daft)).toContain(`\nray==${LOCAL_ENGINES.daft.ray} `);
  expect(read(LOCKS.java17)).toContain(`\njdk4py==${JAVA_PACKAGES[17]} `);
  expect(read(LOCKS.java25)).toContain(`\njdk4py==${JAVA_PACKAGES[25]} `);
});

it('the poms name what is checked by its content, and nothing else', () => {
  const named = (pom: string): string[] => [...read(pom).matchAll(/<dependency>\s*<groupId>(.*?)<\/groupId>\s*<artifactId>(.*?)<\/artifactId>\s*<version>(.*?)<\/version>/g)].map(([, ...parts]) => parts.join(':'));
  const pinned = (artifacts: readonly { readonly group: string; readonly artifact: string; readonly version: string }[]): string[] => artifacts.map(({ group, artifact, version }) => `${group}:${artifact}:${version}`);
  expect(named(LOCKS.sparkJars)).toEqual(pinned(LOCAL_ENGINES.spark.jars));
  expect(named(LOCKS.trino)).toEqual(pinned([LOCAL_ENGINES.trino.server]));
});

it('every engine of the list has a recipe of its own name', () => {
  for (const [name, recipe] of Object.entries(RECIPES)) expect(recipe.engine).toBe(name);
});
