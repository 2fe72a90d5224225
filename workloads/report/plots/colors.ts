import { POD_STAGES, STAGE_NAMES } from '../model/totals.js';
import type { Series, StageName } from '../model/series-types.js';
import type { Section, UnitStep } from '../model/types.js';

/** Colours are CSS variables of report.css, which gives each a light and a dark value. */
const SERIES_COLORS = 10;
const WORKER_COLORS = 5;

export interface Swatch {
  readonly name: string;
  readonly color: string;
  /** SVG dash pattern of its line, so that colour is not the only difference. */
  readonly dash: string;
}

const DASHES = ['none', '7 4', '12 4 3 4', '10 3 2 3 2 3', '4 3', '16 3'];

/** Series keep their colour through all plots of a section. */
export function seriesSwatch(section: Section, series: Series): Swatch {
  const index = section.series.findIndex(({ id }) => id === series.id);
  return { name: series.label, color: `var(--series-${(index % SERIES_COLORS) + 1})`, dash: DASHES[index % DASHES.length] ?? 'none' };
}

/** From light to strong with the number of workers. */
export function workersColor(position: number, of: number): string {
  return `var(--workers-${of === 1 ? WORKER_COLORS : 1 + Math.round((Math.min(position, of - 1) * (WORKER_COLORS - 1)) / (of - 1))})`;
}

/** Stages of one group share a hue. */
export const STAGE_SWATCHES: readonly Swatch[] = [
  ...STAGE_NAMES.flatMap((name): readonly StageName[] => (name === 'spawn' ? [...POD_STAGES, name] : [name])).map((name) => ({ name, color: `var(--stage-${name})`, dash: 'none' })),
  { name: 'not accounted for', color: 'var(--stage-rest)', dash: 'none' },
];

const STEP_STAGES: Readonly<Record<UnitStep, string>> = {
  created: 'plan', scheduled: 'schedule', pulled: 'pull', started: 'start', executed: 'scan', uploaded: 'write',
  'in the pod besides': 'spawn', collected: 'wait', 'waited for others': 'rest', merged: 'merge',
};

/** A step of a unit has the colour of the stage that it is part of. */
export function stepSwatch(step: UnitStep): Swatch {
  return { name: step, color: `var(--stage-${STEP_STAGES[step]})`, dash: 'none' };
}
