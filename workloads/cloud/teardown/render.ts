import Table from 'cli-table3';
import { RESOURCE_KINDS } from '../inventory/resource.js';
import { type PrefixQuery } from '../inventory/plan-queries.js';
import { type OwnResource } from '../inventory/take-inventory.js';
import { isClean, type Leftovers, type Placed, type Selection } from './leftovers.js';

const COLUMNS = { Kind: 20, 'Name or id': 44, Stack: 16, 'Known by': 10, Since: 12, Detail: 34 } as const;

/** What a verification found: the leftovers as a table, what was kept, and a verdict that agrees with the exit code. */
export function renderVerification(leftovers: Leftovers, queries: readonly PrefixQuery[], selection: Selection): string {
  return [
    ...(leftovers.left.length === 0 ? [] : ['Left over:', tableOf(leftovers.left)]),
    ...(leftovers.blindSpots.length === 0 ? [] : [
      'Could not be looked at, so nothing is known of them:', ...leftovers.blindSpots.map(({ kind, problem }) => `  ${RESOURCE_KINDS[kind]}: ${problem}`),
    ]),
    ...summary('Kept on purpose (Lifecycle=retained)', leftovers.kept),
    ...summary('Of other phases', leftovers.elsewhere),
    ...leftovers.leaving.map(({ resource }) => `KMS key ${labelOf(resource)}: ${resource.leaving}.`),
    `By name prefix ${selection.project}-:`,
    ...queries.map(({ command, names, problem }) => `  ${command}: ${names === undefined ? `could not be asked (${problem})` : names.length === 0 ? 'none' : names.join(', ')}`),
    verdict(leftovers, selection),
    '',
  ].join('\n');
}

function tableOf(placed: readonly Placed[]): string {
  const table = new Table({ head: Object.keys(COLUMNS), colWidths: Object.values(COLUMNS), style: { head: [], border: [] }, wordWrap: true, wrapOnWordBoundary: false });
  for (const { resource, stack } of placed) {
    const since = resource.createdAtMs === undefined ? (resource.tags.CreatedAt ?? '').slice(0, 10) : new Date(resource.createdAtMs).toISOString().slice(0, 10);
    table.push([RESOURCE_KINDS[resource.kind], labelOf(resource), stack ?? '', resource.belonging.by, since, resource.leaving ?? resource.detail ?? '']);
  }
  return table.toString();
}

function labelOf({ id, name }: OwnResource): string {
  return name === undefined || name === id || id.includes(name) ? id : `${name} (${id})`;
}

function summary(title: string, placed: readonly Placed[]): string[] {
  if (placed.length === 0) return [];
  return [`${title}: ${placed.length}`, ...placed.map(({ resource, stack }) => `  ${stack ?? ''} ${RESOURCE_KINDS[resource.kind]} ${labelOf(resource)}`.replace(/^ {3}/, '  '))];
}

function verdict(leftovers: Leftovers, { project, stack, all }: Selection): string {
  const what = all === true ? `project ${project}, kept things included` : stack === undefined ? `the phases of ${project}` : `${stack} of ${project}`;
  if (isClean(leftovers)) return `Nothing is left of ${what}.`;
  const left = leftovers.left.length === 0 ? 'nothing was found' : `${leftovers.left.length} things are left`;
  return `Not clean: of ${what}, ${left}${leftovers.blindSpots.length === 0 ? '' : `, and ${leftovers.blindSpots.length} kinds could not be looked at`}.`;
}
