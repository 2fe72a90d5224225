import type { ResultRow } from '../../model/result-row.js';
import type { UnitRecord } from '../../model/unit-timeline.js';
import { groupBy } from '../../results/group-by.js';
import { medianOf } from '../../results/statistics.js';
import type { Series } from './series-types.js';
import { UNIT_STEPS, type UnitPath, type UnitStep } from './types.js';

type Steps = Readonly<Record<UnitStep, number | null>>;

/** A unit that was seen to its end, and the repetition that it was part of. */
interface Seen {
  readonly steps: Steps;
  readonly collectedMs: number;
}

/** Where the time of the units behind the statistics went; empty where no unit was seen. */
export function unitPathsOf(series: readonly Series[], units: readonly UnitRecord[]): UnitPath[] {
  const ofRepetition = new Map(groupBy(units, repetitionKey).map((group) => [repetitionKey(group[0] as UnitRecord), group]));
  return series.flatMap((one) =>
    one.configurations.flatMap(({ workers, cells }) => {
      const seen = cells.flatMap(({ kept }) => kept).flatMap((row) => seenUnits(row, ofRepetition.get(repetitionKey(row)) ?? []));
      return seen.length === 0 ? [] : [pathOf(one, workers, seen)];
    }),
  );
}

function repetitionKey(one: { readonly run_id: string; readonly cell_id: string; readonly repetition: number }): string {
  return JSON.stringify([one.run_id, one.cell_id, one.repetition]);
}

/**
 * The units of one repetition. Those of a stage are handed over together and merged together, so that each waits
 * for the last of its stage; of the coordinator's merging each stage of the query gets an equal part.
 */
function seenUnits(row: ResultRow, units: readonly UnitRecord[]): Seen[] {
  const stages = groupBy(units, ({ stage }) => String(stage));
  const mergedMs = row.stages.merge_ms === null ? null : row.stages.merge_ms / stages.length;
  return stages.flatMap((stage) => {
    const lastMs = Math.max(...stage.map(({ collected_ms: collectedMs }) => collectedMs ?? 0));
    return stage.flatMap((unit) => (unit.collected_ms === null ? [] : [{ steps: stepsOf(unit, lastMs, mergedMs), collectedMs: unit.collected_ms }]));
  });
}

/** A mark that was not seen leaves its time to the next one that was. */
function stepsOf(unit: UnitRecord, lastCollectedMs: number, mergedMs: number | null): Steps {
  let seenMs = 0;
  const until = (atMs: number | null): number | null => {
    if (atMs === null) return null;
    const durationMs = Math.max(0, atMs - seenMs);
    seenMs = Math.max(seenMs, atMs);
    return durationMs;
  };
  const [created, scheduled, pulled, started] = [until(unit.created_ms), until(unit.scheduled_ms), until(unit.pulled_ms), until(unit.started_ms)];
  const inPod = until(unit.finished_ms);
  const worked = (unit.executed_ms ?? 0) + (unit.uploaded_ms ?? 0);
  const besides = inPod === null ? null : Math.max(0, inPod - worked);
  const collected = until(unit.collected_ms);
  return {
    created, scheduled, pulled, started, executed: unit.executed_ms, uploaded: unit.uploaded_ms, 'in the pod besides': besides, collected,
    'waited for others': Math.max(0, lastCollectedMs - (unit.collected_ms ?? 0)), merged: mergedMs,
  };
}

function pathOf(series: Series, workers: number, seen: readonly Seen[]): UnitPath {
  const steps = Object.fromEntries(UNIT_STEPS.map((step) => [step, meanOf(seen, step)])) as Record<UnitStep, number | null>;
  return {
    seriesId: series.id, seriesLabel: series.label, workers, units: seen.length, steps,
    totalMs: UNIT_STEPS.reduce((total, step) => total + (steps[step] ?? 0), 0),
    medianCollectedMs: medianOf(seen.map(({ collectedMs }) => collectedMs)) ?? 0,
    maxCollectedMs: Math.max(...seen.map(({ collectedMs }) => collectedMs)),
  };
}

/** Over all units, so that the steps add up; a unit that skipped the step spent nothing on it. */
function meanOf(seen: readonly Seen[], step: UnitStep): number | null {
  if (seen.every(({ steps }) => steps[step] === null)) return null;
  return seen.reduce((sum, { steps }) => sum + (steps[step] ?? 0), 0) / seen.length;
}
