import { TPCH_LABEL } from '../model/names.js';
import { clusterNotes } from './model/cluster-series.js';
import { HELD_BACK_RULE } from './model/totals.js';
import type { ReportModel, Section } from './model/types.js';
import { methodSentences, priceSentences, provenanceTable } from './provenance.js';
import { boundTable, coldTable, costTable, exceptionTable, gridTable, heldBackTable, queryTable, skewTable, stageTable, unitTable } from './tables.js';
import { comparisonTable, coverageReasonTable, coverageTable, levelTable, matrixTable, noiseTable } from './engine-tables.js';
import { mainLevel } from './model/levels.js';
import { baselineNotes, CLAIM_RULE, NO_COMPARISON_ACROSS, NO_NULL_RUN, NOT_RECORDED } from './engine-words.js';
import { linkTable, openingTable, parityTable, resultCacheTable, settingsTable } from './session-tables.js';
import { textOf, type Table, type TableCell } from './table.js';

/** How a place is named from where the file lies; null for what cannot be reached from there. */
type HrefOf = (target: string) => string | null;

/** The report as GitHub-flavoured Markdown. */
export function renderMarkdown(model: ReportModel, hrefOf: HrefOf = () => null): string {
  const blocks = [
    '# Distributed benchmarks',
    `*${escapeMarkdown(sentenceCase(TPCH_LABEL))}.*`,
    ...model.banners.map((banner) => `> **${escapeMarkdown(banner)}**`),
    bullets(model.headline),
    '## Who needs how long',
    ...(model.sections.length > 1 ? [`> **${NO_COMPARISON_ACROSS}**`] : []),
    ...model.sections.map((section) => table(matrixTable(section))),
    ...model.sections.flatMap((section) => sectionBlocks(section, hrefOf)),
    '## Provenance',
    table(provenanceTable(model)),
    bullets(priceSentences(model)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function sectionBlocks(section: Section, hrefOf: HrefOf): string[] {
  return [
    `## ${escapeMarkdown(section.title)}`,
    ...section.banners.map((banner) => `> **${escapeMarkdown(banner)}**`),
    ...(clusterNotes(section).length === 0 ? [] : [bullets(clusterNotes(section))]),
    table(gridTable(section)),
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
  return contents.flatMap((content) => (content === null ? [] : [table(content)]));
}

function titled(title: string, content: Table | null, note?: string, hrefOf?: HrefOf): string[] {
  if (content === null) return [];
  return [`### ${title}`, ...(note === undefined ? [] : [escapeMarkdown(note)]), table(content, hrefOf)];
}

/** Markdown has no headlines inside a table: a row's group becomes its first column, a column's group part of its name. */
function table({ caption, columns, rows }: Table, hrefOf: HrefOf = () => null): string {
  const grouped = rows.some(({ group }) => group !== undefined);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = [...(grouped ? ['Engine'] : []), ...columns.map(({ name, group }) => escapeMarkdown(group === undefined ? name : `${group}, ${name}`))];
  const rule = [...(grouped ? ['---'] : []), ...columns.map(({ kind }) => (kind === 'number' ? '--:' : '---'))];
  const body = rows.map(({ group, cells }) => [...(grouped ? [escapeMarkdown(group ?? '')] : []), ...cells.map((cell) => cellText(cell, hrefOf))]);
  return `${escapeMarkdown(caption)}:\n\n${[head, rule, ...body].map(line).join('\n')}`;
}

function cellText(cell: TableCell, hrefOf: HrefOf): string {
  const href = typeof cell === 'string' || cell.target === undefined ? null : hrefOf(cell.target);
  return href === null ? escapeMarkdown(textOf(cell)) : `[${escapeMarkdown(textOf(cell))}](<${href.replace(/[<>\s]/g, encodeURIComponent)}>)`;
}

function bullets(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${escapeMarkdown(sentence)}`).join('\n');
}

/** Text stays text: no markup, no HTML, no link, no second line in a table. */
function escapeMarkdown(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/[\\`*_[\]<>|~&$]/g, '\\$&');
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
