// Draws the README's scaling curve from measured runs: node tools/readme-picture.mjs RUN... (after npm run build).
// The colours are those of the report's style sheet, light and dark.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lib = createRequire(join(root, 'lib', 'workloads', 'report', 'x.js'));
const { readRun } = lib('../results/run-folder.js');
const { loadBounds } = lib('./bounds.js');
const { buildReport } = lib('./model/build-report.js');
const { PlotKit } = lib('./plots/kit.js');
const { boundCurve, drawSpeedup, PERFECT_BOUND, speedupCurves } = lib('./plots/scaling.js');
const { TPCH_LABEL } = lib('../model/names.js');

const OUTPUT = join(root, 'docs', 'images', 'scaling.svg');
const LEGEND_LINE_PX = 20;
const PLOT_PX = { width: 760, height: 340 };

function fail(problem) {
  process.stderr.write(`readme-picture: ${problem}\n`);
  process.exit(2);
}

const runs = process.argv.slice(2).map(readRun);
if (runs.length === 0) fail('name the folders of one or more runs.');
const [section, ...others] = buildReport(runs, await loadBounds(runs.map((run) => run.record))).sections;
if (section === undefined || others.length > 0) fail('the runs must be of one dataset, protocol and machine.');

const measured = speedupCurves(section);
const bounds = boundCurve(section, 'perfect', PERFECT_BOUND);
const label = `Speed-up over one worker, ${section.title}`;
const plot = drawSpeedup(await PlotKit.load(), 'wide', label, measured, bounds).text;

const notes = [label, TPCH_LABEL];
const legend = [...measured, ...bounds].map(({ swatch }, index) => {
  const y = PLOT_PX.height + 20 + index * LEGEND_LINE_PX;
  return `<path d="M46 ${y}h34" stroke="${swatch.color}" stroke-width="2.25" stroke-dasharray="${swatch.dash}"/><text x="90" y="${y + 4}">${escape(swatch.name)}</text>`;
});
const notesTop = PLOT_PX.height + 30 + legend.length * LEGEND_LINE_PX;
const height = notesTop + notes.length * LEGEND_LINE_PX;
const variables = readFileSync(join(root, 'workloads', 'report', 'report.css'), 'utf8').match(/:root \{[\s\S]*?\n\}\n|@media \(prefers-color-scheme: dark\) \{\n {2}:root[\s\S]*?\n\}\n/g);

writeFileSync(OUTPUT, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PLOT_PX.width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>${escape(label)}</title>
<style>${variables.join('')} text { fill: var(--text) } .back { fill: var(--card) }</style>
<rect class="back" width="100%" height="100%" rx="8"/>
${plot}
${legend.join('\n')}
${notes.map((note, index) => `<text x="46" y="${notesTop + 10 + index * LEGEND_LINE_PX}" font-size="12">${escape(note)}</text>`).join('\n')}
</svg>
`);
process.stdout.write(`${OUTPUT}\n`);

function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
