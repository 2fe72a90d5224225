import { ListTagsForResourceCommand, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { namePrefixes } from './belonging.js';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, type Search, unlessGone } from './lister.js';
import { type FoundResource } from './resource.js';

/**
 * Looked for by name: an account may have thousands, and the one that EKS makes again with the last audit
 * events of a deleted cluster carries no tags at all.
 */
export const logGroups: Lister = { kind: 'log-group', list: listLogGroups };

async function listLogGroups(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const groups = await inTurn(namePrefixes(project).filter((prefix) => /^[\w/.#-]+$/.test(prefix)), (logGroupNamePrefix) =>
    items(paginateDescribeLogGroups({ client: clients.logs }, { logGroupNamePrefix }), (page) => page.logGroups));
  const found = await inTurn(groups.flat(), async (group): Promise<FoundResource[]> => {
    const id = idOf(group.logGroupName, 'log group');
    const arn = (group.logGroupArn ?? group.arn ?? '').replace(/:\*$/, '');
    const told = await unlessGone(() => clients.logs.send(new ListTagsForResourceCommand({ resourceArn: arn })));
    if (told === undefined) return [];
    return [{ kind: 'log-group', id, arn, name: id, tags: told.tags ?? {}, createdAtMs: group.creationTime, detail: `${group.storedBytes ?? 0} bytes` }];
  });
  return found.flat();
}
