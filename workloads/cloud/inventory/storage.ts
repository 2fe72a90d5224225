import { ListTagsForResourceCommand, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import { GetTagsCommand, paginateGetDatabases } from '@aws-sdk/client-glue';
import { GetBucketTaggingCommand, paginateListBuckets } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { isNamedBy } from './belonging.js';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, type Search, unlessGone } from './lister.js';
import { type FoundResource, tagMap } from './resource.js';

/** Buckets are listed of all regions at once, and others' tags may not be readable: they are looked for by name. */
export const buckets: Lister = { kind: 'bucket', list: listBuckets };
export const ecrRepositories: Lister = { kind: 'ecr-repository', list: listRepositories };
export const glueDatabases: Lister = { kind: 'glue-database', list: listDatabases };

async function listBuckets(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const all = (await items(paginateListBuckets({ client: clients.s3 }, {}), (page) => page.Buckets)).filter((bucket) => isNamedBy(project, bucket.Name));
  return inTurn(all, async (bucket): Promise<FoundResource> => {
    const id = idOf(bucket.Name, 'bucket');
    // A bucket without tags answers with an error.
    const told = await unlessGone(() => clients.s3.send(new GetBucketTaggingCommand({ Bucket: id })));
    return { kind: 'bucket', id, arn: `arn:aws:s3:::${id}`, name: id, tags: tagMap(told?.TagSet), createdAtMs: bucket.CreationDate?.getTime(), detail: bucket.BucketRegion };
  });
}

async function listRepositories(clients: CloudClients): Promise<FoundResource[]> {
  const all = await items(paginateDescribeRepositories({ client: clients.ecr }, {}), (page) => page.repositories);
  const found = await inTurn(all, async (repository): Promise<FoundResource[]> => {
    const id = idOf(repository.repositoryName, 'repository');
    const told = await unlessGone(() => clients.ecr.send(new ListTagsForResourceCommand({ resourceArn: repository.repositoryArn })));
    if (told === undefined) return [];
    return [{ kind: 'ecr-repository', id, arn: repository.repositoryArn, name: id, tags: tagMap(told.tags), createdAtMs: repository.createdAt?.getTime() }];
  });
  return found.flat();
}

async function listDatabases(clients: CloudClients): Promise<FoundResource[]> {
  const all = await items(paginateGetDatabases({ client: clients.glue }, {}), (page) => page.DatabaseList);
  if (all.length === 0) return [];
  const account = idOf((await clients.sts.send(new GetCallerIdentityCommand({}))).Account, 'account');
  const found = await inTurn(all, async (database): Promise<FoundResource[]> => {
    const id = idOf(database.Name, 'database');
    const arn = `arn:aws:glue:${clients.region}:${account}:database/${id}`;
    const told = await unlessGone(() => clients.glue.send(new GetTagsCommand({ ResourceArn: arn })));
    return [{ kind: 'glue-database', id, arn, name: id, tags: told?.Tags ?? {}, createdAtMs: database.CreateTime?.getTime() }];
  });
  return found.flat();
}
