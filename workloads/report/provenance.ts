import { INTERVAL_METHOD, intervalWorth } from '../results/bootstrap.js';
import { recordedPlace, type RunRecord } from '../model/run-record.js';
import { formatBytes, formatCount, formatUsd } from './format.js';
import { shortId } from './model/sections.js';
import type { ReportModel, Section } from './model/types.js';
import { proseColumns, textColumns, type Table } from './table.js';

const FACTS: readonly (readonly [name: string, read: (run: RunRecord) => string])[] = [
  ['Made', (run) => `${run.created_at.slice(0, 16).replace('T', ' ')} UTC`],
  ['flowbench', (run) => run.flowbench_version],
  ['Revision', (run) => run.git_sha?.slice(0, 12) ?? 'unknown'],
  ['Tree', treeOf],
  ['Dataset', (run) => `${shortId(run.dataset_id)}, scale factor ${run.scale_factor}`],
  ['Protocol', (run) => run.protocol_id],
  ['Configuration', (run) => run.config_hash.slice(0, 12)],
  ['Machine', machineOf],
  ['Workers on', workersOn],
  ['Node.js', (run) => run.host.node_version],
  ['Images', (run) => Object.entries(run.image_digests).map(([name, digest]) => `${name} ${digest}`).join(', ') || 'none'],
];

/** Who made the numbers, with what: one column a run. */
export function provenanceTable(model: ReportModel): Table {
  return {
    caption: 'Provenance of the runs',
    columns: [...textColumns('Run'), ...proseColumns(...model.runs.map((run) => run.run_id))],
    rows: FACTS.map(([name, read]) => ({ cells: [name, ...model.runs.map(read)] })),
  };
}

function treeOf({ git_dirty: dirty }: RunRecord): string {
  if (dirty === null) return 'unknown';
  return dirty ? 'uncommitted changes' : 'clean';
}

function workersOn(run: RunRecord): string {
  const place = recordedPlace(run);
  return place === null ? 'this machine' : `${place.node_shape} of cluster ${place.cluster_id}; the machine above is the coordinator's`;
}

function machineOf({ host }: RunRecord): string {
  return `${host.hostname}: ${host.cpus} × ${host.cpu_model}, ${formatBytes(host.memory_bytes)}, ${host.platform}`;
}

/** The price table behind the cost, with its age at the time of the run; null where no run had one. */
export function priceSentences(model: ReportModel): string[] {
  return model.runs.flatMap((run) => {
    if (run.prices === null) return [];
    const { prices } = run;
    const ageDays = Math.floor((Date.parse(run.created_at) - Date.parse(prices.as_of)) / 86_400_000);
    return [
      `Run ${run.run_id}: ${prices.node_shape} in ${prices.region}, ${prices.purchase}, at ${formatUsd(prices.instance_usd_per_hour)} an hour ` +
        `and ${formatUsd(prices.control_plane_usd_per_hour)} an hour for the control plane; prices of ${prices.as_of}, ${ageDays} days old when the run was made.` +
        (recordedPlace(run) === null ? '' : ' The system node, which the coordinator runs on, is not charged.'),
    ];
  });
}

/** How the numbers were made and what they do not say. */
export function methodSentences(section: Section): string[] {
  const { coverageProven, coverageNotApplicable, rows } = section.verdicts;
  return [
    'Clock: from handing the query text to an open session until the last row is decoded in the process that holds the session, the same for every engine. Opening the session and the answer gate are outside it.',
    'Runs: the first of every cell is stored as cold and left out; median and p95 are over the rest. p95 is interpolated between order statistics, so with few runs it leans on the slowest. Σ median and Σ p95 are sums of each query\'s own.',
    `${INTERVAL_METHOD} ${intervalWorth(fewestKept(section))}`,
    'Gate: every run\'s answer is compared, typed column by column, with the stored one: keys, counts, strings, dates and decimal sums exactly. A cell with one run that is not ok has no number at all.',
    `Coverage: ${formatCount(coverageProven)} of ${formatCount(rows)} runs proved that each planned row group was read exactly once; the ${formatCount(coverageNotApplicable)} without such a proof gave no answer or are of an engine without work units.`,
    'Totals are over the queries that every configuration completed; DNF is what gave no right answer, and is in no total. Speed-up is Σ median at N = 1 of the same series ÷ Σ median at N.',
    `Storage: ${section.storageMedia.join(', ')}. Dataset ${section.key.dataset_id}; protocol ${section.key.protocol_id}.`,
    'Not claimed: a TPC-H result, a comparison with anybody\'s published numbers, behaviour under concurrent queries, or true cold storage (the operating system\'s cache is not dropped between runs).',
  ];
}

/** The repetitions behind the weakest number. */
function fewestKept({ series }: Section): number {
  const kept = series.flatMap(({ configurations }) => configurations.flatMap(({ cells }) => cells.flatMap(({ kept: rows }) => (rows.length === 0 ? [] : [rows.length]))));
  return kept.length === 0 ? 0 : Math.min(...kept);
}
