import {
  GetInstanceProfileCommand, GetOpenIDConnectProviderCommand, ListOpenIDConnectProvidersCommand, ListRoleTagsCommand, paginateListInstanceProfiles, paginateListRoles,
} from '@aws-sdk/client-iam';
import { isNamedBy } from './belonging.js';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, type Search, unlessGone } from './lister.js';
import { type FoundResource, tagMap } from './resource.js';

/** IAM is global, and its listings carry no tags: roles and profiles are looked for by the names that stacks give. */
export const iamRoles: Lister = { kind: 'iam-role', list: listRoles };
export const instanceProfiles: Lister = { kind: 'instance-profile', list: listProfiles };
/** Providers have no names: every one is asked for its tags (an account may have a hundred). */
export const oidcProviders: Lister = { kind: 'oidc-provider', list: listProviders };

async function listRoles(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const roles = (await items(paginateListRoles({ client: clients.iam }, {}), (page) => page.Roles)).filter((role) => isNamedBy(project, role.RoleName));
  const found = await inTurn(roles, async (role): Promise<FoundResource[]> => {
    const told = await unlessGone(() => clients.iam.send(new ListRoleTagsCommand({ RoleName: role.RoleName })));
    if (told === undefined) return [];
    const id = idOf(role.RoleName, 'role');
    return [{ kind: 'iam-role', id, arn: role.Arn, name: id, tags: tagMap(told.Tags), createdAtMs: role.CreateDate?.getTime() }];
  });
  return found.flat();
}

async function listProfiles(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const all = await items(paginateListInstanceProfiles({ client: clients.iam }, {}), (page) => page.InstanceProfiles);
  const found = await inTurn(all.filter((profile) => isNamedBy(project, profile.InstanceProfileName)), async (profile): Promise<FoundResource[]> => {
    const told = (await unlessGone(() => clients.iam.send(new GetInstanceProfileCommand({ InstanceProfileName: profile.InstanceProfileName }))))?.InstanceProfile;
    if (told === undefined) return [];
    const id = idOf(profile.InstanceProfileName, 'instance profile');
    const roles = (profile.Roles ?? []).flatMap(({ RoleName }) => RoleName ?? []);
    return [{ kind: 'instance-profile', id, arn: profile.Arn, name: id, tags: tagMap(told.Tags), createdAtMs: profile.CreateDate?.getTime(), uses: roles }];
  });
  return found.flat();
}

async function listProviders(clients: CloudClients): Promise<FoundResource[]> {
  const all = (await clients.iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList ?? [];
  const found = await inTurn(all, async ({ Arn }): Promise<FoundResource[]> => {
    const arn = idOf(Arn, 'OIDC provider');
    const provider = await unlessGone(() => clients.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })));
    if (provider === undefined) return [];
    return [{ kind: 'oidc-provider', id: arn, arn, name: provider.Url?.replace(/^https:\/\//, ''), tags: tagMap(provider.Tags), createdAtMs: provider.CreateDate?.getTime() }];
  });
  return found.flat();
}
