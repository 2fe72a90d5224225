import { paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import { paginateListClusters } from '@aws-sdk/client-eks';
import { paginateListBuckets } from '@aws-sdk/client-s3';
import { messageOf } from '../../model/errors.js';
import { type CloudClients } from './clients.js';
import { items } from './lister.js';

/** One listing by name prefix alone, as a person would make it by hand to check the inventory. */
export interface PrefixQuery {
  /** The same in the words of the AWS command line. */
  readonly command: string;
  /** Undefined when it could not be asked; then `problem` says why. */
  readonly names: readonly string[] | undefined;
  readonly problem?: string;
}

/** Clusters, repositories and buckets whose names begin with `<project>-`, asked independently of the inventory. */
export async function prefixQueries(clients: CloudClients, project: string): Promise<PrefixQuery[]> {
  const ask = async (command: string, list: () => Promise<(string | undefined)[]>): Promise<PrefixQuery> => {
    try {
      return { command, names: (await list()).filter((name) => name !== undefined).filter((name) => name.startsWith(`${project}-`)) };
    } catch (error) {
      return { command, names: undefined, problem: messageOf(error) };
    }
  };
  return Promise.all([
    ask('aws eks list-clusters', () => items(paginateListClusters({ client: clients.eks }, {}), (page) => page.clusters)),
    ask('aws ecr describe-repositories', () => items(paginateDescribeRepositories({ client: clients.ecr }, {}), (page) => page.repositories?.map(({ repositoryName }) => repositoryName))),
    ask('aws s3 ls', () => items(paginateListBuckets({ client: clients.s3 }, {}), (page) => page.Buckets?.map(({ Name }) => Name))),
  ]);
}
