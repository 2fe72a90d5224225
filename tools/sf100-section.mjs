// Writes the section on scale factor 100 into the documents that have its marks, from measured runs:
// node tools/sf100-section.mjs [RUN...] (after npm run build). Without a run it says that there is none.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lib = createRequire(join(root, 'lib', 'workloads', 'report', 'x.js'));
const { requireStoredRun } = lib('../results/open-run.js');
const { loadBounds } = lib('./bounds.js');
const { buildReport } = lib('./model/build-report.js');
const { sf100Section, withSf100Section } = lib('./sf100.js');

const DOCUMENTS = ['README.md', join('docs', 'tpch-sf100.md')];

function fail(problem) {
  process.stderr.write(`sf100-section: ${problem}\n`);
  process.exit(2);
}

const runs = await Promise.all(process.argv.slice(2).map((uri) => requireStoredRun(uri)));
const model = buildReport(runs, await loadBounds(runs.map((run) => run.record)));
if (model.unpublishable.length > 0) fail(`refused to publish: ${model.unpublishable.join(' ')}`);

const written = DOCUMENTS.filter((name) => {
  const path = join(root, name);
  const changed = withSf100Section(readFileSync(path, 'utf8'), sf100Section(model));
  if (changed !== null) writeFileSync(path, changed);
  return changed !== null;
});
if (written.length === 0) fail(`none of ${DOCUMENTS.join(', ')} has the marks.`);
process.stdout.write(`${written.join('\n')}\n`);
