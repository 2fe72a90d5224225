import type { RunRecord } from '../../model/run-record.js';
import type { StoredRun } from '../../results/stored-run.js';
import { formatList, plural } from '../format.js';
import { headlineOf } from './headline.js';
import { buildSections, type BoundOf } from './sections.js';
import type { ReportModel, Section, SectionKey } from './types.js';

/** Rows in, everything the report says out; reads nothing and knows no clock, so equal runs give equal reports. */
export function buildReport(runs: readonly StoredRun[], boundOf: BoundOf): ReportModel {
  const sections = buildSections(runs, boundOf);
  const records = runs.map((run) => run.record);
  const unpublishable = records.map(whyUnpublishable).filter((why) => why !== null);
  return {
    headline: sections.flatMap((section) => headlineOf(section).map((sentence) => (sections.length > 1 ? `${section.title}: ${sentence}` : sentence))),
    banners: [...exploratoryBanner(unpublishable), ...mixtureBanner(sections), ...wrongBanner(sections)],
    sections,
    runs: records,
    unpublishable,
  };
}

/** Null when the run may be published. An unknown revision is as bad as a changed tree. */
function whyUnpublishable(record: RunRecord): string | null {
  if (record.git_sha === null) return `Run ${record.run_id} comes from an unknown revision.`;
  if (record.git_dirty === null) return `Run ${record.run_id} comes from a tree whose state is unknown.`;
  if (record.git_dirty) return `Run ${record.run_id} comes from a tree with uncommitted changes.`;
  return record.exploratory ? `Run ${record.run_id} is marked exploratory.` : null;
}

function exploratoryBanner(unpublishable: readonly string[]): string[] {
  return unpublishable.length === 0 ? [] : [`Exploratory, not for publication. ${unpublishable.join(' ')}`];
}

const KEY_WORDS: Readonly<Record<keyof SectionKey, string>> = {
  dataset_id: 'dataset', scale_factor: 'scale factor', protocol_id: 'protocol', node_shape: 'node shape', cluster: 'machine or cluster',
};

function mixtureBanner(sections: readonly Section[]): string[] {
  if (sections.length < 2) return [];
  const fields = (Object.keys(KEY_WORDS) as (keyof SectionKey)[]).filter((field) => new Set(sections.map(({ key }) => key[field])).size > 1);
  return [`These rows differ in ${formatList(fields.map((field) => KEY_WORDS[field]))}. Each kind has its own section; do not compare numbers across sections.`];
}

function wrongBanner(sections: readonly Section[]): string[] {
  const wrong = sections.reduce((total, { verdicts }) => total + verdicts.wrong, 0);
  return wrong === 0 ? [] : [`${plural(wrong, 'answer is', 'answers are')} wrong. Wrong answers have no time here and are listed under exceptions.`];
}
