import { comparisonTable, completeTable, coverageReasonTable, coverageTable, levelTable, matrixTable, noiseTable } from '../engine-tables.js';
import { baselineNotes, CLAIM_RULE, NO_COMPARISON_ACROSS, NO_NULL_RUN, NOT_RECORDED } from '../engine-words.js';
import type { Level } from '../model/engine-types.js';
import { mainLevel } from '../model/levels.js';
import type { ReportModel, Section } from '../model/types.js';
import { drawHeat, heatMap, heatSteps, heatWords } from '../plots/heat.js';
import type { PlotKit } from '../plots/kit.js';
import { linkTable, openingTable, parityTable, resultCacheTable, settingsTable } from '../session-tables.js';
import { entries, type LegendEntry, type Picture, type Topic } from './blocks.js';

/** Topics that set engines against each other. */

/** Engine × N, a table a section. */
export function overview({ sections }: ReportModel): Topic {
  return { title: 'Who needs how long', banners: sections.length > 1 ? [NO_COMPARISON_ACROSS] : [], notes: [], pictures: [], tables: sections.flatMap((section) => [matrixTable(section), completeTable(section)]) };
}

export function sideBySide(kit: PlotKit, section: Section): Topic | null {
  const level = mainLevel(section.levels);
  if (level?.comparison == null) return null;
  const others = section.levels.filter((one) => one !== level && one.comparison !== null);
  return {
    ...levelTopic(kit, level), title: `Side by side at N = ${level.workers}`,
    banners: section.nullPairs.length === 0 ? [NO_NULL_RUN] : [],
    notes: [CLAIM_RULE, ...baselineNotes(level)],
    tables: [levelTable(level), comparisonTable(level), noiseTable(section)],
    folded: others.map((one) => levelTopic(kit, one)),
  };
}

function levelTopic(kit: PlotKit, level: Level): Topic {
  return { title: `Side by side at N = ${level.workers}`, notes: baselineNotes(level), pictures: heatPicture(kit, level), tables: [levelTable(level), comparisonTable(level)] };
}

function heatPicture(kit: PlotKit, level: Level): Picture[] {
  const map = heatMap(level);
  if (map === null) return [];
  const text = (name: string): LegendEntry => ({ swatch: { name, color: 'currentColor', dash: 'none' }, shape: 'heading' });
  return [{
    title: 'Each query’s time ÷ that of the fastest',
    legend: map.columns.map(({ letter, name }) => text(`${letter}: ${name}`)),
    moreLegends: [entries(heatSteps().map((step) => ({ ...step, dash: 'none' })), 'block'), heatWords(map).map(text)],
    draw: (size) => drawHeat(kit, size, `Heat map at N = ${level.workers}: time of each query over the fastest series' time of it; the ratios to the baseline are in the table below`, map),
  }];
}

export function coverage(section: Section): Topic {
  return {
    title: 'What each engine can answer',
    notes: ['Exact: equal to the stored answer in every repetition. To spec: within the tolerance of TPC-H 2.1.3.5. Rewritten: the engine ran another text than the suite’s, as said below.'],
    pictures: [], tables: [coverageTable(section), coverageReasonTable(section)],
  };
}

export function sessions(section: Section): Topic {
  if (section.sessions.length === 0) return { title: 'Were they given the same', banners: [NOT_RECORDED], notes: [], pictures: [], tables: [] };
  return {
    title: 'Were they given the same',
    notes: ['Read back from each live engine, not from our configuration. Opening is a column of its own: no query pays for it.'],
    pictures: [], tables: [parityTable(section), openingTable(section), resultCacheTable(section), settingsTable(section)],
  };
}

export function plans(section: Section): Topic | null {
  const table = linkTable(section);
  return table === null ? null : { title: 'Plans and pages of the engines', notes: [], pictures: [], tables: [table] };
}
