import { TPCH_LABEL } from '../model/names.js';
import { clusterNotes } from './model/cluster-series.js';
import { HELD_BACK_RULE } from './model/totals.js';
import type { ReportModel, Section } from './model/types.js';
import { methodSentences, priceSentences, provenanceTable } from './provenance.js';
import { boundTable, coldTable, costTable, exceptionTable, gridTable, heldBackTable, queryTable, skewTable, stageTable, unitTable } from './tables.js';
import type { Table } from './table.js';

/** The report as GitHub-flavoured Markdown. */
export function renderMarkdown(model: ReportModel): string {
  const blocks = [
    '# Distributed benchmarks',
    `*${escapeMarkdown(sentenceCase(TPCH_LABEL))}.*`,
    ...model.banners.map((banner) => `> **${escapeMarkdown(banner)}**`),
    bullets(model.headline),
    ...model.sections.flatMap(sectionBlocks),
    '## Provenance',
    table(provenanceTable(model)),
    bullets(priceSentences(model)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function sectionBlocks(section: Section): string[] {
  return [
    `## ${escapeMarkdown(section.title)}`,
    ...section.banners.map((banner) => `> **${escapeMarkdown(banner)}**`),
    ...(clusterNotes(section).length === 0 ? [] : [bullets(clusterNotes(section))]),
    table(gridTable(section)),
    verdictLine(section),
    ...(section.bound.kind === 'known' ? titled('Byte bound', boundTable(section)) : [`Byte bound: not shown. ${escapeMarkdown(section.bound.why)}`]),
    ...titled('Queries', queryTable(section)),
    ...titled('Where the time went', stageTable(section)),
    ...titled('Where the time of a unit goes on the cluster', unitTable(section)),
    ...titled('Skew', skewTable(section)),
    ...titled('What holds it back', heldBackTable(section), HELD_BACK_RULE),
    ...titled('Cold and warm', coldTable(section)),
    ...titled('Cost', costTable(section)),
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

function titled(title: string, content: Table | null, note?: string): string[] {
  if (content === null) return [];
  return [`### ${title}`, ...(note === undefined ? [] : [escapeMarkdown(note)]), table(content)];
}

/** Markdown has no headlines inside a table: a row's group becomes its first column, a column's group part of its name. */
function table({ caption, columns, rows }: Table): string {
  const grouped = rows.some(({ group }) => group !== undefined);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = [...(grouped ? ['Engine'] : []), ...columns.map(({ name, group }) => escapeMarkdown(group === undefined ? name : `${group}, ${name}`))];
  const rule = [...(grouped ? ['---'] : []), ...columns.map(({ kind }) => (kind === 'number' ? '--:' : '---'))];
  const body = rows.map(({ group, cells }) => [...(grouped ? [group ?? ''] : []), ...cells].map(escapeMarkdown));
  return `${escapeMarkdown(caption)}:\n\n${[head, rule, ...body].map(line).join('\n')}`;
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
