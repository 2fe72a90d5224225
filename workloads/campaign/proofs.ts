import type { CoverageEvidence } from '../engines/contract.js';
import { locateRowGroups, type Manifest } from '../model/manifest.js';

/** What must have been read, worked out from the manifest alone and not taken from the engine. */
export interface ExpectedScan {
  readonly stage: number;
  readonly table: string;
  /** Global numbers of the row groups in which a row can matter. */
  readonly rowGroups: readonly number[];
}

/** The row counts of a table by global row-group number; {@link rowCountsOf} makes it from a manifest. */
export type RowCounts = (table: string) => readonly number[] | undefined;

export interface CoverageProof {
  readonly ok: boolean;
  /** The first few violations, one sentence each. */
  readonly problems: readonly string[];
}

const PROBLEMS_SHOWN = 5;

type StageEvidence = CoverageEvidence['stages'][number];

/**
 * Proves that the work was done, all of it and once: in every scan stage the row groups that workers
 * measured reading are those that had to be read, each exactly once, each with the manifest's rows.
 * Five of the 22 queries give the right answer when every worker reads everything, so that a right answer
 * alone proves nothing about the work.
 */
export function proveCoverage(evidence: CoverageEvidence, expected: readonly ExpectedScan[], rowCounts: RowCounts): CoverageProof {
  const problems = [...stageListProblems(evidence, expected)];
  for (const scan of expected) {
    const stage = evidence.stages.find((candidate) => candidate.stage === scan.stage);
    const counts = rowCounts(scan.table);
    if (stage === undefined) continue;
    if (counts === undefined) problems.push(`stage ${scan.stage} reads "${scan.table}", which the manifest does not have`);
    else problems.push(...plannedProblems(stage, scan), ...readProblems(stage, scan, counts), ...countProblems(stage, counts));
  }
  return { ok: problems.length === 0, problems: problems.slice(0, PROBLEMS_SHOWN) };
}

function stageListProblems(evidence: CoverageEvidence, expected: readonly ExpectedScan[]): string[] {
  const shown = evidence.stages.map((stage) => `${stage.stage}:${stage.table}`).join(', ');
  const wanted = expected.map((scan) => `${scan.stage}:${scan.table}`).join(', ');
  return shown === wanted ? [] : [`scan stages are [${shown}], expected [${wanted}]`];
}

function plannedProblems(stage: StageEvidence, scan: ExpectedScan): string[] {
  const planned = new Set(stage.planned);
  const expected = new Set(scan.rowGroups);
  const lost = scan.rowGroups.filter((group) => !planned.has(group));
  const surplus = stage.planned.filter((group) => !expected.has(group));
  return [
    ...(lost.length > 0 ? [`stage ${stage.stage} did not plan row groups ${list(lost)} of ${scan.table}, which can hold rows that matter`] : []),
    ...(surplus.length > 0 ? [`stage ${stage.stage} planned row groups ${list(surplus)} of ${scan.table}, which cannot matter`] : []),
  ];
}

function readProblems(stage: StageEvidence, scan: ExpectedScan, counts: readonly number[]): string[] {
  const readers = new Map<number, string[]>();
  for (const unit of stage.units) {
    for (const { number } of unit.rowGroups) readers.set(number, [...(readers.get(number) ?? []), unit.unitId]);
  }
  const expected = new Set(scan.rowGroups);
  const problems = [...readers].flatMap(([group, units]) => {
    if (!expected.has(group)) return [`row group ${group} of ${scan.table} was read by ${units.join(', ')} but not planned`];
    return units.length === 1 ? [] : [`row group ${group} of ${scan.table} was read ${units.length} times, by ${units.join(', ')}`];
  });
  // An empty row group leaves no trace in a scan.
  const lost = scan.rowGroups.filter((group) => !readers.has(group) && counts[group] !== 0);
  return lost.length === 0 ? problems : [`row groups ${list(lost)} of ${scan.table} were not read`, ...problems];
}

function countProblems(stage: StageEvidence, counts: readonly number[]): string[] {
  return stage.units.flatMap((unit) => {
    const wrong = unit.rowGroups
      .filter(({ number, rows }) => counts[number] !== rows)
      .map(({ number, rows }) => `${unit.unitId} read ${rows} rows of row group ${number} of ${stage.table}, the manifest has ${counts[number] ?? 'no such row group'}`);
    const sum = unit.rowGroups.reduce((total, { rows }) => total + rows, 0);
    return unit.rowsIn === sum ? wrong : [...wrong, `${unit.unitId} reports ${unit.rowsIn ?? 'no'} rows in, its row groups add up to ${sum}`];
  });
}

function list(groups: readonly number[]): string {
  const shown = groups.slice(0, 8).join(', ');
  return groups.length > 8 ? `${shown} and ${groups.length - 8} more` : shown;
}

/** Row counts per row group, worked out once per table. */
export function rowCountsOf(manifest: Manifest): RowCounts {
  const known = new Map<string, readonly number[]>();
  return (name) => {
    const table = manifest.tables[name];
    if (table === undefined) return undefined;
    const counts = known.get(name) ?? locateRowGroups(table).map(({ group }) => group.rows);
    known.set(name, counts);
    return counts;
  };
}

/** Who did how much: rows of the driver table read by each node, over all scan stages. */
export interface Distribution {
  readonly nodesUsed: number;
  /** Share of the rows that the busiest node read, 0…1; null when no row was read. */
  readonly maxNodeShare: number | null;
  readonly rowsByNode: ReadonlyMap<string, number>;
}

/** A run in which one node read everything is not distributed, however many took part. */
export function measureDistribution(evidence: CoverageEvidence): Distribution {
  const rowsByNode = new Map<string, number>();
  for (const unit of evidence.stages.flatMap((stage) => stage.units)) {
    const rows = unit.rowGroups.reduce((sum, group) => sum + group.rows, 0);
    if (rows > 0) rowsByNode.set(unit.node, (rowsByNode.get(unit.node) ?? 0) + rows);
  }
  const all = [...rowsByNode.values()];
  const total = all.reduce((sum, rows) => sum + rows, 0);
  return { nodesUsed: rowsByNode.size, maxNodeShare: total === 0 ? null : Math.max(...all) / total, rowsByNode };
}
