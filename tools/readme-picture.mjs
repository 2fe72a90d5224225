// Draws the README's pictures from measured runs (after npm run build): node tools/readme-picture.mjs scaling|engines RUN...
// The colours are those of the report's style sheet, light and dark.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lib = createRequire(join(root, 'lib', 'workloads', 'report', 'x.js'));
const { readRun } = lib('../results/run-folder.js');
const { loadBounds } = lib('./bounds.js');
const { formatDuration, formatPercent } = lib('./format.js');
const { buildReport } = lib('./model/build-report.js');
const { mainLevel } = lib('./model/levels.js');
const { drawHeatRows, heatMap, heatSteps } = lib('./plots/heat.js');
const { PlotKit } = lib('./plots/kit.js');
const { boundCurve, drawSpeedup, PERFECT_BOUND, speedupCurves } = lib('./plots/scaling.js');
const { TPCH_LABEL } = lib('../model/names.js');

const WIDTH_PX = 760;
const LINE_PX = 20;

/** The curve over N, with a line of the legend for each series. */
function scaling(kit, section) {
  const measured = speedupCurves(section);
  const bounds = boundCurve(section, 'perfect', PERFECT_BOUND);
  const label = `Speed-up over one worker, ${section.title}`;
  const legend = [...measured, ...bounds].map(({ swatch }, index) => {
    const y = 20 + index * LINE_PX;
    return `<path d="M46 ${y}h34" stroke="${swatch.color}" stroke-width="2.25" stroke-dasharray="${swatch.dash}"/><text x="90" y="${y + 4}">${escape(swatch.name)}</text>`;
  });
  return { label, plot: drawSpeedup(kit, 'wide', label, measured, bounds).text, plotPx: 340, legend, legendPx: 10 + legend.length * LINE_PX, notes: [label, TPCH_LABEL] };
}

const STEP_PX = 96;

/** Each engine's time of each query ÷ the fastest one's, the fastest engine on top. */
function engines(kit, section) {
  const level = mainLevel(section.levels);
  const contenders = (level?.contenders ?? []).filter(({ configuration: { totals } }) => totals !== null).sort((a, b) => a.configuration.totals.medianMs - b.configuration.totals.medianMs);
  const map = heatMap({ ...level, contenders });
  if (map === null) fail('there is one engine only.');
  const label = `Time of each of ${map.queries.length} queries ÷ that of the fastest`;
  const columns = map.columns.map((column, index) => ({ ...column, name: `${contenders[index].series.engineLabel}, Σ ${formatDuration(contenders[index].configuration.totals.medianMs)}` }));
  const legend = heatSteps().map(({ name, color }, index) => `<rect x="${14 + index * STEP_PX}" y="8" width="12" height="12" rx="2" fill="${color}"/><text x="${32 + index * STEP_PX}" y="19" font-size="12">${escape(name)}</text>`);
  const noise = level.comparison?.noise;
  const floor = noise == null ? 'No null run.' : `Noise: the same engine measured twice differs from itself by ${formatPercent(Math.abs(noise.total - 1), 1)}.`;
  const machine = `${section.title}; ${contenders[0].cores} cores in total for every engine`;
  return {
    label, plot: drawHeatRows(kit, label, { ...map, columns }).text, plotPx: map.columns.length * 24 + 34, legend, legendPx: 24,
    notes: [`${label}; Σ of medians, the first run left out.`, floor, `${machine}.`, TPCH_LABEL],
  };
}

function fail(problem) {
  process.stderr.write(`readme-picture: ${problem}\n`);
  process.exit(2);
}

function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

const PICTURES = { scaling, engines };
const [name = '', ...folders] = process.argv.slice(2);
const draw = PICTURES[name] ?? fail(`name the picture: ${Object.keys(PICTURES).join(' or ')}.`);
const runs = folders.map(readRun);
if (runs.length === 0) fail('name the folders of one or more runs.');
const [section, ...others] = buildReport(runs, await loadBounds(runs.map((run) => run.record))).sections;
if (section === undefined || others.length > 0) fail('the runs must be of one dataset, protocol and machine.');

const { label, plot, plotPx, legend, legendPx, notes } = draw(await PlotKit.load(), section);
const notesTop = plotPx + legendPx + 20;
const variables = readFileSync(join(root, 'workloads', 'report', 'report.css'), 'utf8').match(/:root \{[\s\S]*?\n\}\n|@media \(prefers-color-scheme: dark\) \{\n {2}:root[\s\S]*?\n\}\n/g);
const output = join(root, 'docs', 'images', `${name}.svg`);
writeFileSync(output, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${notesTop + notes.length * LINE_PX}" role="img" fill="currentColor" font-family="system-ui, sans-serif" font-size="13">
<title>${escape(label)}</title>
<style>${variables.join('')} svg { color: var(--text) } .back { fill: var(--card) }</style>
<rect class="back" width="100%" height="100%" rx="8"/>
${plot}
<g transform="translate(0 ${plotPx})">${legend.join('\n')}</g>
${notes.map((note, index) => `<text x="14" y="${notesTop + 10 + index * LINE_PX}" font-size="11.5">${escape(note)}</text>`).join('\n')}
</svg>
`);
process.stdout.write(`${output}\n`);
