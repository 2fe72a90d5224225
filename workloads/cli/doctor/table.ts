import Table from 'cli-table3';
import { type Finding } from './finding.js';

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: 'ok', limited: 'limited', missing: 'MISSING' };

/** The findings as a table, then what to do about each that is not ok, then the verdict. */
export function renderFindings(findings: readonly Finding[]): string {
  const table = new Table({ head: ['', 'State', 'Found', 'Needed for'], style: { head: [], border: [] }, wordWrap: true, colWidths: [18, 9, 38, 50] });
  for (const finding of findings) table.push([finding.subject, MARKS[finding.state], finding.found, finding.neededFor]);
  const remedies = findings.flatMap(({ subject, remedy }) => (remedy === null ? [] : [`  ${subject}: ${remedy}`]));
  return [
    table.toString(),
    ...(remedies.length > 0 ? ['What to do:', ...remedies] : []),
    canRunMainJob(findings) ? 'The main job can run: npm start' : 'The main job cannot run yet; see MISSING above.',
    '',
  ].join('\n');
}

export function canRunMainJob(findings: readonly Finding[]): boolean {
  return findings.every((finding) => !finding.required || finding.state !== 'missing');
}
