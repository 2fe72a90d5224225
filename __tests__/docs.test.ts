import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from './architecture/project-tree.js';
import { DocumentFolder, problemsWithFlags } from './docs/check-commands.js';
import { problemsWithJson, problemsWithTypes } from './docs/check-text.js';
import { CHECKED_LANGUAGES, relativeLinks, snippetsOf, UNCHECKED_LANGUAGES, type Snippet } from './docs/snippets.js';

const DOCUMENTS = ['README.md', ...readdirSync(join(PROJECT_ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
/** How a block of each language may be checked. What runs on the AWS emulator, or in an app of somebody else, is run by the Terraform suite; what runs on a cluster, by that of the cluster; what needs other engines, by that of the engines. */
const CHECKS: Readonly<Record<string, RegExp>> = { bash: /^(run|flags|emulator|cluster|engines)$/, json: /^json [\w-]+$/, ts: /^(types|foreign-app)$/ };

/** What is wrong with a block before its content is looked at. */
function problemsWithMark({ document, line, language, check }: Snippet): string[] {
  const where = `${document}:${line}`;
  if (UNCHECKED_LANGUAGES.has(language)) return [];
  if (!CHECKED_LANGUAGES.has(language)) return [`${where} has the language "${language}", which no check knows`];
  if (check === null) return [`${where} does not say how it is checked`];
  return CHECKS[language]?.test(check) === true ? [] : [`${where} cannot be checked by "${check}"`];
}

describe.each(DOCUMENTS)('%s', (document) => {
  const markdown = readFileSync(join(PROJECT_ROOT, document), 'utf8');
  const snippets = snippetsOf(document, markdown);
  const checkedBy = (check: RegExp): Snippet[] => snippets.filter((snippet) => snippet.check !== null && check.test(snippet.check));

  it('says of every block how it is checked', () => {
    expect(snippets.flatMap(problemsWithMark)).toEqual([]);
  });

  it('links only to what is there', () => {
    expect(relativeLinks(markdown).filter((target) => !existsSync(join(PROJECT_ROOT, dirname(document), target)))).toEqual([]);
  });

  it('has commands that do what it says, run in its order', () => {
    const folder = new DocumentFolder();
    try {
      for (const snippet of checkedBy(/^run$/)) expect(() => folder.run(snippet.text)).not.toThrow();
    } finally {
      folder.remove();
    }
  }, 90_000);

  it('has only options that exist in the commands that take too long to run here', () => {
    expect(checkedBy(/^(flags|emulator|cluster|engines)$/).flatMap(({ line, text }) => problemsWithFlags(text).map((problem) => `${document}:${line} ${problem}`))).toEqual([]);
  });

  it('has examples that fit their contracts', () => {
    expect(checkedBy(/^json /).flatMap(({ check, text }) => problemsWithJson((check ?? '').slice('json '.length), text))).toEqual([]);
  });

  it('has code that compiles', () => {
    expect(problemsWithTypes(checkedBy(/^types$/).map(({ text }) => text))).toEqual([]);
  }, 30_000);
});

describe('a document that is wrong is told so', () => {
  const only = (markdown: string): Snippet => snippetsOf('planted.md', markdown)[0] as Snippet;

  it.each([
    ['an unmarked block', '```bash\nnpm test\n```', 'planted.md:1 does not say how it is checked'],
    ['a mark that is not right above', '<!-- check: run -->\n\n```bash\nnpm test\n```', 'planted.md:3 does not say how it is checked'],
    ['a language without a check', '```sh\nrm -r .\n```', 'planted.md:1 has the language "sh", which no check knows'],
    ['a check of another language', '<!-- check: types -->\n```bash\nnpm test\n```', 'planted.md:2 cannot be checked by "types"'],
  ])('for %s', (_what, markdown, problem) => {
    expect(problemsWithMark(only(markdown))).toEqual([problem]);
  });

  it.each([
    ['an option that does not exist', 'npx flowbench doctor --cure', 'flowbench doctor has no option --cure'],
    ['a command that does not exist', 'npx flowbench heal', 'flowbench has no command "heal"'],
    ['a script that does not exist', 'npm ci && npm run fly', 'package.json has no script "fly"'],
    ['a program nobody knows', 'make all', '"make" is no program these documents know'],
    ['an option in a continued line', 'npx flow-worker \\\n  --never', 'flow-worker has no option --never'],
  ])('for %s', (_what, text, problem) => {
    expect(problemsWithFlags(text)).toEqual([problem]);
  });

  it('for a command that fails', () => {
    const folder = new DocumentFolder();
    expect(() => folder.run('npx flowbench heal\ntrue')).toThrow(/Command failed/);
    folder.remove();
  });

  it('for an example that does not fit its contract', () => {
    expect(problemsWithJson('work-unit-v2', '{}')).not.toEqual([]);
    expect(problemsWithJson('work-unit-v9', '{}')).toHaveLength(1);
  });

  it('for code that does not compile', () => {
    const head = '// workloads/engines/planted.ts\n';
    expect(problemsWithTypes([`${head}import type { EngineId } from '../model/result-row.js';\nexport const id: EngineId = 'hive';`])).toHaveLength(1);
    expect(problemsWithTypes([`${head}import type { EngineId } from '../model/result-row.js';\nexport const id: EngineId = 'flow';`])).toEqual([]);
    expect(problemsWithTypes(['export const id = 1;'])).toHaveLength(1);
  }, 30_000);

  it('for a link to nowhere', () => {
    expect(relativeLinks('[a](docs/a.md#part) [b](https://github.com/x) ![c](docs/c.svg) [d](#here)')).toEqual(['docs/a.md', 'docs/c.svg']);
  });
});
