import { ListQueueTagsCommand, paginateListQueues } from '@aws-sdk/client-sqs';
import { type CloudClients } from './clients.js';
import { inTurn, items, type Lister, type Search, unlessGone } from './lister.js';
import { type FoundResource } from './resource.js';

/** A queue's tags take a call each: queues are looked for by name. */
export const queues: Lister = { kind: 'queue', list: listQueues };

async function listQueues(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const urls = await items(paginateListQueues({ client: clients.sqs }, { QueueNamePrefix: `${project}-` }), (page) => page.QueueUrls);
  return inTurn(urls, async (url): Promise<FoundResource> => {
    const told = await unlessGone(() => clients.sqs.send(new ListQueueTagsCommand({ QueueUrl: url })));
    return { kind: 'queue', id: url, name: url.split('/').at(-1), tags: told?.Tags ?? {} };
  });
}
