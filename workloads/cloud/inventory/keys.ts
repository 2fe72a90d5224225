import { DescribeKeyCommand, ListResourceTagsCommand, paginateListAliases, paginateListKeys } from '@aws-sdk/client-kms';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, unlessGone } from './lister.js';
import { type FoundResource, type Tags } from './resource.js';

/** Every customer key is asked for its tags: a key loses its alias when it is scheduled for deletion. */
export const kmsKeys: Lister = { kind: 'kms-key', list: listKeys };

async function listKeys(clients: CloudClients): Promise<FoundResource[]> {
  const keys = await items(paginateListKeys({ client: clients.kms }, {}), (page) => page.Keys);
  const aliases = await items(paginateListAliases({ client: clients.kms }, {}), (page) => page.Aliases);
  const aliasOf = new Map(aliases.flatMap(({ TargetKeyId, AliasName }) => (TargetKeyId === undefined || AliasName === undefined ? [] : [[TargetKeyId, AliasName] as const])));
  const found = await inTurn(keys, async ({ KeyId }): Promise<FoundResource[]> => {
    const id = idOf(KeyId, 'key');
    const name = aliasOf.get(id);
    const key = await unlessGone(() => clients.kms.send(new DescribeKeyCommand({ KeyId: id })));
    if (key?.KeyMetadata === undefined || key.KeyMetadata.KeyManager === 'AWS') return [];
    const { Arn, CreationDate, DeletionDate, KeyState } = key.KeyMetadata;
    const tags = await tagsOf(clients, id);
    const leaving = KeyState === 'PendingDeletion' ? `scheduled for deletion on ${DeletionDate?.toISOString().slice(0, 10) ?? '?'}` : undefined;
    return [{ kind: 'kms-key', id, arn: Arn, name, tags, createdAtMs: CreationDate?.getTime(), leaving, detail: leaving ?? KeyState }];
  });
  return found.flat();
}

async function tagsOf(clients: CloudClients, keyId: string): Promise<Tags> {
  const told = await unlessGone(() => clients.kms.send(new ListResourceTagsCommand({ KeyId: keyId })));
  return Object.fromEntries((told?.Tags ?? []).flatMap(({ TagKey, TagValue }) => (TagKey === undefined ? [] : [[TagKey, TagValue ?? '']])));
}
