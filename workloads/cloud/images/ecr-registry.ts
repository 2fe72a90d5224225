import { DescribeImagesCommand, DescribeRepositoriesCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { FlowbenchError } from '../../model/errors.js';
import { imageRepositoryName, type OwnImage } from '../../model/physical-names.js';
import { type CloudAccess, clientOptions } from '../access.js';
import { type ImageRegistry } from './publish.js';

export interface RegistryLogin {
  readonly userName: string;
  readonly password: string;
}

/** Repositories of ECR, and parameters of SSM. */
export class EcrRegistry implements ImageRegistry {
  private readonly ecr: ECRClient;
  private readonly ssm: SSMClient;

  constructor(access: CloudAccess, private readonly project: string) {
    this.ecr = new ECRClient(clientOptions(access));
    this.ssm = new SSMClient(clientOptions(access));
  }

  async repositoryUrl(image: OwnImage): Promise<string | undefined> {
    const answer = await missingAs(this.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [imageRepositoryName(this.project, image)] })), 'RepositoryNotFoundException');
    return answer?.repositories?.[0]?.repositoryUri;
  }

  async digestOf(image: OwnImage, tag: string): Promise<string | undefined> {
    const request = new DescribeImagesCommand({ repositoryName: imageRepositoryName(this.project, image), imageIds: [{ imageTag: tag }] });
    return (await missingAs(this.ecr.send(request), 'ImageNotFoundException'))?.imageDetails?.[0]?.imageDigest;
  }

  async parameter(name: string): Promise<string | undefined> {
    return (await missingAs(this.ssm.send(new GetParameterCommand({ Name: name })), 'ParameterNotFound'))?.Parameter?.Value;
  }

  async setParameter(name: string, value: string): Promise<void> {
    await this.ssm.send(new PutParameterCommand({ Name: name, Value: value, Overwrite: true }));
  }

  /** A login for twelve hours, for the account's registry. */
  async login(): Promise<RegistryLogin> {
    const answer = await this.ecr.send(new GetAuthorizationTokenCommand({}));
    const text = Buffer.from(answer.authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1) throw new FlowbenchError('internal', 'ECR gave no login.');
    return { userName: text.slice(0, colon), password: text.slice(colon + 1) };
  }
}

async function missingAs<T>(answer: Promise<T>, errorName: string): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === errorName) return undefined;
    throw error;
  }
}
