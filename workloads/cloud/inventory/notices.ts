import { ListTagsForResourceCommand as BudgetTagsCommand, paginateDescribeBudgets } from '@aws-sdk/client-budgets';
import { ListTagsForResourceCommand as TopicTagsCommand, paginateListTopics } from '@aws-sdk/client-sns';
import { ListTagsForResourceCommand as ParameterTagsCommand, paginateDescribeParameters } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { isNamedBy } from './belonging.js';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, type Search, unlessGone } from './lister.js';
import { type FoundResource, tagMap } from './resource.js';

export const topics: Lister = { kind: 'topic', list: listTopics };
/** Parameters and budgets tell their tags one by one: they are looked for by name. */
export const parameters: Lister = { kind: 'parameter', list: listParameters };
export const budgets: Lister = { kind: 'budget', list: listBudgets };

async function listTopics(clients: CloudClients): Promise<FoundResource[]> {
  const found = await inTurn(await items(paginateListTopics({ client: clients.sns }, {}), (page) => page.Topics), async ({ TopicArn }): Promise<FoundResource[]> => {
    const arn = idOf(TopicArn, 'topic');
    const told = await unlessGone(() => clients.sns.send(new TopicTagsCommand({ ResourceArn: arn })));
    if (told === undefined) return [];
    return [{ kind: 'topic', id: arn, arn, name: arn.split(':').at(-1), tags: tagMap(told.Tags) }];
  });
  return found.flat();
}

async function listParameters(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const filter = { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: [`/${project}/`] }] };
  const found = await inTurn(await items(paginateDescribeParameters({ client: clients.ssm }, filter), (page) => page.Parameters), async (parameter): Promise<FoundResource[]> => {
    const id = idOf(parameter.Name, 'parameter');
    const told = await unlessGone(() => clients.ssm.send(new ParameterTagsCommand({ ResourceType: 'Parameter', ResourceId: id })));
    return [{ kind: 'parameter', id, arn: parameter.ARN, name: id, tags: tagMap(told?.TagList) }];
  });
  return found.flat();
}

async function listBudgets(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const account = idOf((await clients.sts.send(new GetCallerIdentityCommand({}))).Account, 'account');
  const all = await unlessGone(() => items(paginateDescribeBudgets({ client: clients.budgets }, { AccountId: account }), (page) => page.Budgets));
  return inTurn((all ?? []).filter((budget) => isNamedBy(project, budget.BudgetName)), async (budget): Promise<FoundResource> => {
    const id = idOf(budget.BudgetName, 'budget');
    const arn = `arn:aws:budgets::${account}:budget/${id}`;
    const told = await unlessGone(() => clients.budgets.send(new BudgetTagsCommand({ ResourceARN: arn })));
    return { kind: 'budget', id, arn, name: id, tags: tagMap(told?.ResourceTags) };
  });
}
