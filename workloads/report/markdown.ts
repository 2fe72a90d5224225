import { TPCH_LABEL } from '../model/names.js';
import { clusterNotes } from './model/cluster-series.js';
import { HELD_BACK_RULE } from './model/totals.js';
import type { ReportModel, Section } from './model/types.js';
import { methodSentences, priceSentences, provenanceTable } from './provenance.js';
import { boundTable, coldTable, costTable, exceptionTable, gridTable, heldBackTable, queryTable, skewTable, stageTable, unitTable } from './tables.js';
import { comparisonTable, completeTable, coverageReasonTable, coverageTable, levelTable, matrixTable, noiseTable } from './engine-tables.js';
import { mainLevel } from './model/levels.js';
import { baselineNotes, CLAIM_RULE, NO_COMPARISON_ACROSS, NO_NULL_RUN, NOT_RECORDED } from './engine-words.js';
import { linkTable, openingTable, parityTable, resultCacheTable, settingsTable } from './session-tables.js';
import { escapeMarkdown, tableText, type HrefOf } from './markdown-table.js';
import type { Table } from './table.js';

/** The report as GitHub-flavoured Markdown. */
export function renderMarkdown(model: ReportModel, hrefOf: HrefOf = () => null): string {
  const blocks = [
    '# Distributed benchmarks',
    `*${escapeMarkdown(sentenceCase(TPCH_LABEL))}.*`,
    ...model.banners.map((banner) => `> **${escapeMarkdown(banner)}**`),
    bullets(model.headline),
    '## Who needs how long',
    ...(model.sections.length > 1 ? [`> **${NO_COMPARISON_ACROSS}**`] : []),
    ...model.sections.flatMap((section) => tables(matrixTable(section), completeTable(section))),
    ...model.sections.flatMap((section) => sectionBlocks(section, hrefOf)),
    '## Provenance',
    tableText(provenanceTable(model)),
    bullets(priceSentences(model)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function sectionBlocks(section: Section, hrefOf: HrefOf): string[] {
  return [
    `## ${escapeMarkdown(section.title)}`,
    ...section.banners.map((banner) => `> **${escapeMarkdown(banner)}**`),
    ...(clusterNotes(section).length === 0 ? [] : [bullets(clusterNotes(section))]),
    tableText(gridTable(section)),
    verdictLine(section),
    ...sideBySide(section),
    ...titled('What each engine can answer', coverageTable(section)),
    ...tables(coverageReasonTable(section)),
    ...(section.bound.kind === 'known' ? titled('Byte bound', boundTable(section)) : [`Byte bound: not shown. ${escapeMarkdown(section.bound.why)}`]),
    ...titled('Queries', queryTable(section)),
    ...titled('Where the time went', stageTable(section)),
    ...titled('Where the time of a unit goes on the cluster', unitTable(section)),
    ...titled('Skew', skewTable(section)),
    ...titled('What holds it back', heldBackTable(section), HELD_BACK_RULE),
    ...titled('Cold and warm', coldTable(section)),
    ...titled('Cost', costTable(section)),
    ...sessionBlocks(section),
    ...titled('Plans and pages of the engines', linkTable(section), undefined, hrefOf),
    ...titled('Exceptions', exceptionTable(section.exceptions, 'Runs that are not ok')),
    ...titled('Right, but not to the last digit', exceptionTable(section.specOnly, 'Runs within the tolerance only')),
    '### Method',
    bullets(methodSentences(section)),
  ];
}

function verdictLine({ verdicts }: Section): string {
  const failed = Object.entries(verdicts.failed).map(([status, count]) => `${count} ${status.replaceAll('_', ' ')}`);
  const parts = [`${verdicts.strictOk} equal`, `${verdicts.specOnly} within tolerance only`, `${verdicts.wrong} wrong`, ...failed];
  return `Verdicts over ${verdicts.rows} runs: ${parts.join(', ')}. Coverage: ${verdicts.coverageProven} proven, ${verdicts.coverageFailed} failed, ${verdicts.coverageNotApplicable} not applicable.`;
}

function sideBySide(section: Section): string[] {
  const level = mainLevel(section.levels);
  if (level?.comparison == null) return [];
  const others = section.levels.filter((one) => one !== level);
  return [
    `### Side by side at N = ${level.workers}`,
    ...(section.nullPairs.length === 0 ? [`> **${NO_NULL_RUN}**`] : []),
    bullets([CLAIM_RULE, ...baselineNotes(level)]),
    ...tables(levelTable(level), comparisonTable(level), noiseTable(section), ...others.map(levelTable)),
  ];
}

function sessionBlocks(section: Section): string[] {
  const content = section.sessions.length === 0 ? [`> **${NOT_RECORDED}**`] : tables(parityTable(section), openingTable(section), resultCacheTable(section), settingsTable(section));
  return ['### Were they given the same', ...content];
}

function tables(...contents: readonly (Table | null)[]): string[] {
  return contents.flatMap((content) => (content === null ? [] : [tableText(content)]));
}

function titled(title: string, content: Table | null, note?: string, hrefOf?: HrefOf): string[] {
  if (content === null) return [];
  return [`### ${title}`, ...(note === undefined ? [] : [escapeMarkdown(note)]), tableText(content, hrefOf)];
}

function bullets(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${escapeMarkdown(sentence)}`).join('\n');
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
