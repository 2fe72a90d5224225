// Draws docs/images/stacks.svg from the synthesised stacks: what is in each, and which know each other by name.
//   node tools/stack-picture.mjs           after npm run build; writes the picture
//   node tools/stack-picture.mjs --check   exit 1 when the picture is not what the stacks are
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { STACKS, RETAINED_STACKS } = createRequire(import.meta.url)(join(root, 'lib', 'workloads', 'model', 'physical-names.js'));
const OUTPUT = join(root, 'docs', 'images', 'stacks.svg');
const PERSONAL = { owner: 'you@example.org', adminCidrs: ['203.0.113.4/32'], results: { bigQuery: { projectId: 'bench-results', projectNumber: '123456789012' } } };

/** Parts that are the same in every stack say nothing of it. */
const IN_EVERY_STACK = new Set(['Tags', 'Checks', 'Caller', 'Aws', 'Time']);
const PURPOSE = {
  'images-stack': 'images, and where they are built',
  'datagen-stack': 'datasets, and what makes them',
  'results-stack': 'rows, partials, event logs',
  'guardrails-stack': 'budget and janitor',
  'alpha-stack': 'flow: a Job per work unit',
  'beta-stack': 'Spark 3.5',
  'gamma-stack': 'Trino',
  'delta-stack': 'Daft on Ray',
};

function synthesise() {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-picture-'));
  try {
    writeFileSync(join(folder, 'flowbench.config.json'), JSON.stringify(PERSONAL));
    const { context } = JSON.parse(readFileSync(join(root, 'cdktf.json'), 'utf8'));
    const env = { ...process.env, CDKTF_CONTEXT_JSON: JSON.stringify(context), CDKTF_OUTDIR: join(folder, 'out') };
    execFileSync(process.execPath, [join(root, 'lib', 'stacks', 'main.js')], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const stacks = join(folder, 'out', 'stacks');
    return new Map(readdirSync(stacks).map((name) => [name, JSON.parse(readFileSync(join(stacks, name, 'cdk.tf.json'), 'utf8'))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Parts of a stack in the order of their size: the first step of each resource's path, and how many it makes. */
function partsOf(stack) {
  const counts = new Map();
  for (const body of Object.values(stack.resource).flatMap((byName) => Object.values(byName))) {
    const part = body['//'].metadata.path.split('/')[1];
    if (!IN_EVERY_STACK.has(part)) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return [...counts].sort(([nameA, a], [nameB, b]) => b - a || nameA.localeCompare(nameB));
}

/** Names by which a stack can be known to others: its buckets, and the folders of its parameters. */
function namesOf(stack) {
  const bodies = (type) => Object.values(stack.resource[type] ?? {});
  return [...bodies('aws_s3_bucket').map((body) => body.bucket), ...bodies('aws_ssm_parameter').map((body) => body.name.split('/').slice(0, 3).join('/'))];
}

const knows = (stack, other) => namesOf(other).some((name) => JSON.stringify(stack).includes(`${JSON.stringify(name).slice(1, -1)}`));

const BOX = { width: 224, gap: 22, top: 86, line: 19 };
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function box(name, stack, x, y, height) {
  const isRetained = RETAINED_STACKS.includes(name);
  const usd = stack.output.usd_per_hour.value;
  const price = usd === 0 ? 'no machines' : `$${usd.toFixed(2)} an hour`;
  const lines = partsOf(stack).map(([part, count], index) => {
    const at = y + BOX.top + index * BOX.line;
    return `<text class="note" x="${x + 14}" y="${at}">${escape(part)}</text><text class="count" x="${x + BOX.width - 14}" y="${at}">${count}</text>`;
  });
  return [
    `<rect class="box ${isRetained ? 'kept' : 'work'}" x="${x}" y="${y}" width="${BOX.width}" height="${height}" rx="8"/>`,
    `<text class="name" x="${x + 14}" y="${y + 24}">${name}</text>`,
    `<text class="what" x="${x + 14}" y="${y + 43}">${escape(PURPOSE[name])}</text><text class="what" x="${x + 14}" y="${y + 60}">${escape(price)}</text>`,
    ...lines,
  ].join('\n');
}

function draw(stacks) {
  const rows = [STACKS.filter((name) => RETAINED_STACKS.includes(name)), STACKS.filter((name) => !RETAINED_STACKS.includes(name))];
  const heightOf = (names) => BOX.top + Math.max(...names.map((name) => partsOf(stacks.get(name)).length)) * BOX.line;
  const width = rows[0].length * (BOX.width + BOX.gap) + BOX.gap;
  const xOf = (index) => BOX.gap + index * (BOX.width + BOX.gap);
  const heights = rows.map(heightOf);
  const tops = [44, 44 + heights[0] + 64];
  const boxes = rows.flatMap((names, row) => names.map((name, index) => box(name, stacks.get(name), xOf(index), tops[row], heights[row])));
  const users = rows[0].map((name) => rows[1].filter((phase) => knows(stacks.get(phase), stacks.get(name))));
  const bus = tops[0] + heights[0] + 32;
  const arrows = rows[0].flatMap((_, index) => (users[index].length === 0 ? [] : [`<path class="line" d="M${xOf(index) + BOX.width / 2} ${tops[0] + heights[0]}V${bus}"/>`]));
  const reached = rows[1].map((phase, index) => (users.some((names) => names.includes(phase)) ? `<path class="line head-end" d="M${xOf(index) + BOX.width / 2} ${bus}V${tops[1]}"/>` : ''));
  const known = rows[0].filter((_, index) => users[index].length === rows[1].length).join(', ');
  const height = tops[1] + heights[1] + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">
<title id="title">The eight stacks</title>
<desc id="desc">Above, what is retained; below, a phase each, which is ephemeral. Every phase finds ${known} by names. Each line is a part of the stack with the number of resources in it.</desc>
<style>
.box { fill: #f4f6f8; stroke: #5b6b7b; stroke-width: 1.5 } .kept { fill: #e3f4e4; stroke: #3a8a45 } .work { fill: #dcebfa; stroke: #2f6fb0 }
.name { fill: #17212b; font-weight: 600; font-size: 15px } .what { fill: #45535f; font-size: 11.5px } .note { fill: #17212b } .count { fill: #45535f; text-anchor: end }
.line { fill: none; stroke: #5b6b7b; stroke-width: 1.6 } .head-end { marker-end: url(#arrow) } .head { fill: #5b6b7b } .caption { fill: #45535f; text-anchor: middle }
@media (prefers-color-scheme: dark) {
.kept { fill: #173320; stroke: #6fc27c } .work { fill: #16304a; stroke: #6aaae8 } .name, .note { fill: #eef3f7 } .what, .count, .caption { fill: #b4c1cc } .line { stroke: #8fa1b3 } .head { fill: #8fa1b3 }
}
</style>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0 10 5 0 10z"/></marker></defs>
<text class="caption" x="${width / 2}" y="26">retained: deployed once; holds what outlives a phase</text>
${boxes.join('\n')}
${arrows.join('')}<path class="line" d="M${xOf(0) + BOX.width / 2} ${bus}H${xOf(rows[1].length - 1) + BOX.width / 2}"/>${reached.join('')}
<text class="caption" x="${width / 2}" y="${height - 14}">ephemeral; what is above is found by name, never by reference: each phase is deployed and destroyed alone</text>
</svg>
`;
}

const picture = draw(synthesise());
if (process.argv[2] === '--check') {
  if (readFileSync(OUTPUT, 'utf8') !== picture) {
    process.stderr.write('docs/images/stacks.svg is not what the stacks are: run "npm run build && node tools/stack-picture.mjs".\n');
    process.exit(1);
  }
} else {
  writeFileSync(OUTPUT, picture);
  process.stdout.write(`${OUTPUT}\n`);
}
