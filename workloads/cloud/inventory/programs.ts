import { BatchGetProjectsCommand, paginateListProjects } from '@aws-sdk/client-codebuild';
import { ListTagsCommand, paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateListSchedules } from '@aws-sdk/client-scheduler';
import { isNamedBy } from './belonging.js';
import { type CloudClients } from './clients.js';
import { idOf, inTurn, items, type Lister, type Search, unlessGone } from './lister.js';
import { type FoundResource, tagMap } from './resource.js';

export const functions: Lister = { kind: 'function', list: listFunctions };
/** A schedule carries no tags: only its name tells whose it is. */
export const schedules: Lister = { kind: 'schedule', list: listSchedules };
export const buildProjects: Lister = { kind: 'build-project', list: listBuildProjects };

async function listFunctions(clients: CloudClients): Promise<FoundResource[]> {
  const all = await items(paginateListFunctions({ client: clients.lambda }, {}), (page) => page.Functions);
  const found = await inTurn(all, async (program): Promise<FoundResource[]> => {
    const id = idOf(program.FunctionName, 'function');
    const told = await unlessGone(() => clients.lambda.send(new ListTagsCommand({ Resource: program.FunctionArn })));
    if (told === undefined) return [];
    return [{ kind: 'function', id, arn: program.FunctionArn, name: id, tags: told.Tags ?? {} }];
  });
  return found.flat();
}

async function listSchedules(clients: CloudClients, { project }: Search): Promise<FoundResource[]> {
  const all = await items(paginateListSchedules({ client: clients.scheduler }, { NamePrefix: `${project}-` }), (page) => page.Schedules);
  return all.filter((schedule) => isNamedBy(project, schedule.Name)).map((schedule) => ({
    kind: 'schedule' as const,
    id: `${schedule.GroupName ?? 'default'}/${idOf(schedule.Name, 'schedule')}`,
    arn: schedule.Arn,
    name: schedule.Name,
    tags: {},
    createdAtMs: schedule.CreationDate?.getTime(),
    detail: schedule.State,
  }));
}

/** The service describes at most 100 projects a call. */
const PROJECTS_A_CALL = 100;

async function listBuildProjects(clients: CloudClients): Promise<FoundResource[]> {
  const names = await items(paginateListProjects({ client: clients.codeBuild }, {}), (page) => page.projects);
  const found: FoundResource[] = [];
  for (let from = 0; from < names.length; from += PROJECTS_A_CALL) {
    const told = await clients.codeBuild.send(new BatchGetProjectsCommand({ names: names.slice(from, from + PROJECTS_A_CALL) }));
    for (const project of told.projects ?? []) {
      const tags = tagMap((project.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })));
      found.push({ kind: 'build-project', id: idOf(project.name, 'project'), arn: project.arn, name: project.name, tags, createdAtMs: project.created?.getTime() });
    }
  }
  return found;
}
