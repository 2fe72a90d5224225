import { RESOURCE_KINDS } from '../inventory/resource.js';
import { type JanitorOptions, type JanitorResult, type Judged } from './judged.js';

/** SNS takes at most 100 characters of a subject. */
const MAX_SUBJECT = 100;

/** What people are told of a run; undefined when there is nothing to tell. */
export function renderReport({ project, mode }: JanitorOptions, { judged, blindSpots }: JanitorResult): { subject: string; text: string } | undefined {
  const told = judged.filter(({ action }) => action !== 'leave');
  if (told.length === 0 && blindSpots.length === 0) return undefined;
  const deleted = told.filter(({ outcome }) => outcome === 'deleted').length;
  const counts = [
    `${told.length} to look at`,
    ...(mode === 'enforce' ? [`${deleted} deleted`] : ['nothing deleted (dry run)']),
    ...(blindSpots.length === 0 ? [] : [`${blindSpots.length} kinds not seen`]),
  ];
  const sections = [
    section('Deleted', told.filter(({ outcome }) => outcome === 'deleted')),
    section('Expired; mode "enforce" would delete them', told.filter(({ outcome }) => outcome === 'dry-run')),
    section('Expired, and waiting for another to go first', told.filter(({ action, outcome }) => action === 'wait' || outcome === 'blocked' || outcome === 'out-of-time')),
    section('Could not be deleted', told.filter(({ outcome }) => outcome === 'failed')),
    section('For a person to look at', told.filter(({ action }) => action === 'report')),
    blindSpots.length === 0 ? [] : ['Could not be looked at, so nothing is known of them:', ...blindSpots.map(({ kind, problem }) => `  ${RESOURCE_KINDS[kind]}: ${problem}`), ''],
  ];
  return { subject: `${project} janitor: ${counts.join(', ')}`.slice(0, MAX_SUBJECT), text: sections.flat().join('\n') };
}

function section(title: string, judged: readonly Judged[]): string[] {
  if (judged.length === 0) return [];
  const lines = judged.map(({ resource, reason, problem }) => {
    const name = resource.name === undefined || resource.name === resource.id ? '' : ` (${resource.name})`;
    return `  ${RESOURCE_KINDS[resource.kind]} ${resource.id}${name}: ${problem ?? reason}`;
  });
  return [`${title}:`, ...lines, ''];
}
