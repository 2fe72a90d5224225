import Table from 'cli-table3';
import { TPCH_LABEL } from '../model/names.js';
import type { DatasetHandle, Invariants, Manifest } from '../model/manifest.js';
import type { DatagenResult } from './datagen.js';
import { duration } from './progress.js';

/** The closing lines of datagen. */
export function describeResult(result: DatagenResult, elapsedMs: number): string {
  const { handle, made, publishedCompared } = result;
  if (!made) return `${handle.uri} already holds this dataset, complete.\n${identityLine(handle.manifest)}`;
  const lines = [`Made ${handle.uri} in ${duration(elapsedMs)}.`, identityLine(handle.manifest)];
  lines.push(publishedLine(handle.manifest.scale_factor, publishedCompared));
  return lines.join('\n');
}

function publishedLine(scaleFactor: number, compared: number | null): string {
  if (compared === null) return `No answers are published for scale factor ${scaleFactor}: the 22 answers rest on the oracle alone.`;
  if (scaleFactor === 1) return `${compared} of 22 answers agree with the published ones of scale factor 1 (TPC-H clause 2.1.3.5).`;
  return `${compared} of 22 answers agree with those packaged in DuckDB's tpch extension (TPC-H clause 2.1.3.5; free text is other there and left out).`;
}

function identityLine(manifest: Manifest): string {
  return `TPC-H scale factor ${manifest.scale_factor}, ${manifest.numeric}, ${manifest.dataset_id} (${TPCH_LABEL})`;
}

/** A dataset for a person: what it is, its tables, and what the planner may rely on. */
export function describeDataset({ uri, manifest }: DatasetHandle): string {
  const table = new Table({
    head: ['table', 'rows', 'files', 'row groups', 'size', 'clustered by', 'codec', 'page index'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left', 'left', 'left'],
    style: { head: [], border: [] },
  });
  for (const [name, facts] of Object.entries(manifest.tables)) {
    const groups = facts.files.reduce((sum, file) => sum + file.row_groups.length, 0);
    const clustering = facts.clustering_key === null ? '–' : `${facts.clustering_key}${facts.sorted ? '' : ' (not sorted)'}`;
    table.push([name, count(facts.rows), count(facts.files.length), count(groups), size(facts.size_bytes), clustering, facts.codec, facts.page_index ? 'yes' : 'no']);
  }
  return [`${uri}: ${manifest.origin} ${manifest.created_at}`, identityLine(manifest), ...originLines(manifest), table.toString(), ...invariantLines(manifest.invariants)].join('\n');
}

function originLines(manifest: Manifest): string[] {
  const lines: string[] = [];
  const tools = Object.entries(manifest.tools).map(([tool, version]) => `${tool} ${version}`);
  if (tools.length > 0) lines.push(`made with ${tools.join(', ')}`);
  if (manifest.derived_from !== null) lines.push(`derived from ${manifest.derived_from.dataset_id}`);
  return lines;
}

function invariantLines(invariants: Invariants): string[] {
  const range = (value: Invariants['ship_minus_order']) => (value === null ? 'not proven' : `${value.min_days} to ${value.max_days} days`);
  const spread = invariants.order_ship_spread_days;
  return [
    'Measured invariants',
    `  unique keys: ${holding(invariants.unique_keys)}`,
    `  foreign keys: ${holding(invariants.foreign_keys)}`,
    `  l_shipdate − o_orderdate: ${range(invariants.ship_minus_order)}`,
    `  l_receiptdate − l_shipdate: ${range(invariants.receipt_minus_ship)}`,
    `  spread of l_shipdate within an order: ${spread === null ? 'not proven' : `at most ${spread} days`}`,
  ];
}

function holding(facts: Readonly<Record<string, boolean>>): string {
  const broken = Object.keys(facts).filter((name) => facts[name] === false);
  return broken.length === 0 ? `all ${Object.keys(facts).length} hold` : `not ${broken.join(', ')}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
