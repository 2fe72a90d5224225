import Table from 'cli-table3';
import { type Finding } from './finding.js';

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: 'ok', limited: 'limited', missing: 'MISSING' };

/** What the findings decide, in words for either case. */
export interface Verdict {
  readonly yes: string;
  readonly no: string;
}

const MAIN_JOB: Verdict = { yes: 'The main job can run: npm start', no: 'The main job cannot run yet; see MISSING above.' };
export const DEPLOY: Verdict = { yes: 'A deploy can start.', no: 'A deploy cannot start yet; see MISSING above.' };

/** The findings as a table, then what to do about each that is not ok, then the verdict. */
export function renderFindings(findings: readonly Finding[], verdict: Verdict = MAIN_JOB): string {
  const table = new Table({ head: ['', 'State', 'Found', 'Needed for'], style: { head: [], border: [] }, wordWrap: true, colWidths: [18, 9, 38, 50] });
  for (const finding of findings) table.push([finding.subject, MARKS[finding.state], finding.found, finding.neededFor]);
  const remedies = findings.flatMap(({ subject, remedy }) => (remedy === null ? [] : [`  ${subject}: ${remedy}`]));
  return [
    table.toString(),
    ...(remedies.length > 0 ? ['What to do:', ...remedies] : []),
    hasAllRequired(findings) ? verdict.yes : verdict.no,
    '',
  ].join('\n');
}

export function hasAllRequired(findings: readonly Finding[]): boolean {
  return findings.every((finding) => !finding.required || finding.state !== 'missing');
}
