import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { queryBalance } from './balance.js';
import type { QueryPlan } from './plan.js';

/** What `flowbench plan` prints: who reads what, and how evenly. */
export function planText(plan: QueryPlan, workers: number): string {
  const { driver } = plan;
  const balance = queryBalance(plan.query, driver, workers);
  const equalPart = driver.driverBytes / workers;
  const table = new Table({ head: ['work unit', 'row groups', 'numbers', 'rows', 'bytes', 'of an equal part'], style: { head: [], border: [] }, colAligns: ['left', 'right', 'left', 'right', 'right', 'right'] });
  for (const [position, { rowGroups, rows, driverBytes }] of driver.shares.entries()) {
    const units = plan.stages.filter(({ kind }) => kind === 'scan').map((stage) => stage.units[position]?.id).join('\n');
    table.push([units, rowGroups.length, rangesText(rowGroups), rows.toLocaleString('en'), bytesText(driverBytes), percentText(equalPart === 0 ? 1 : driverBytes / equalPart)]);
  }
  return [
    `${plan.query}: ${driver.table} is cut; ${driver.totalRowGroups} row groups, ${driver.prunedRowGroups} pruned, ${driver.surviving.length} read by ${driver.shares.length} of ${workers} workers.`,
    `Compressed bytes of the columns needed: ${bytesText(driver.driverBytes)} of ${driver.table}, dealt; ${bytesText(driver.broadcastBytes)} of other tables, read by each worker.`,
    `Balance: ${percentText(balance.shareOfBound)} of the speed-up that bytes allow on ${workers} workers (${percentText(balance.driverOnlyShare)} of it for ${driver.table} alone).`,
    table.toString(),
    ...plan.stages.filter(({ kind }) => kind === 'merge_bucket').map(({ id, units }) => `Stage ${id}: ${units.length} work units, each merging one bucket of the stage before.`),
    ...plan.stages.flatMap(({ id, sideInputs }) => sideInputs.map(({ input }) => `Stage ${id} reads the side input "${input.name}", which the coordinator makes of stage ${input.fromStage}.`)),
  ].join('\n');
}

/** Writes each work unit as `<id>.json` into `dir`, with a folder for the partials; answers the paths in order. */
export async function writeWorkUnits(plan: QueryPlan, dir: string, outputDir: string): Promise<string[]> {
  await mkdir(outputDir, { recursive: true });
  const paths: string[] = [];
  for (const unit of plan.stages.flatMap(({ units }) => units)) {
    const path = join(dir, `${unit.id}.json`);
    await writeFile(path, `${JSON.stringify(unit, null, 2)}\n`);
    paths.push(path);
  }
  return paths;
}

/** `0-3, 5, 8-9`, cut where it would be longer than a line. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.slice(0, 8).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
  return ranges.length > 8 ? `${shown}, …` : shown;
}

function bytesText(sizeBytes: number): string {
  if (sizeBytes < 1_000) return `${sizeBytes} B`;
  const power = Math.min(4, Math.floor(Math.log10(sizeBytes) / 3));
  return `${(sizeBytes / 1_000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}
