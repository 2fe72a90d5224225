import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { LAMBDA_RUNTIME } from '../../images/versions.js';
import { lambdaLogGroup } from '../../workloads/model/physical-names.js';
import { type IGrantee, type PolicyStatement } from '../identity/grantee.js';
import { ServiceRole } from '../identity/service-role.js';
import { refuse } from '../problems.js';
import { programArchive } from '../program-archive.js';
import { accountOf } from './arn.js';

/** Lambda's limits. */
const MEMORY_MIB = { least: 128, most: 10_240 } as const;
const TIMEOUT_SECONDS = { least: 1, most: 900 } as const;
const MAX_FUNCTION_NAME = 64;

export interface ProgramFunctionProps {
  readonly functionName: string;
  readonly roleName: string;
  readonly description: string;
  /** Folder with the bundled `index.js`, whose `handler` is called (see programFolder). */
  readonly codeFolder: string;
  /** Never a secret: environment variables are readable by whoever may look at the function. */
  readonly environment: Readonly<Record<string, string>>;
  /** MiB; the share of CPU grows with it. Default 256. */
  readonly memoryMib?: number;
  readonly timeoutSeconds: number;
  /** Default 30. */
  readonly logRetentionDays?: number;
}

/**
 * A Lambda function that runs one of the shipped programs, on Node and arm64. Its log group is made before it
 * and destroyed after it, and the role may write to that group but not make one: the service would otherwise
 * make the group anew, untagged and without an end, when a last call comes in during a destroy.
 */
export class ProgramFunction extends Construct implements IGrantee {
  readonly functionArn: string;
  /** Account that the function is in; a Terraform expression. */
  readonly accountId: string;
  readonly functionName: string;
  readonly roleArn: string;
  readonly roleName: string;
  /** For resources that the service checks against the role when they are made. */
  readonly rights: readonly ITerraformDependable[];
  private readonly role: ServiceRole;

  constructor(scope: Construct, id: string, props: ProgramFunctionProps) {
    super(scope, id);
    refuse(this, problemsOf(props));
    const logs = new CloudwatchLogGroup(this, 'Logs', { name: lambdaLogGroup(props.functionName), retentionInDays: props.logRetentionDays ?? 30 });
    this.role = new ServiceRole(this, 'Role', {
      roleName: props.roleName,
      description: props.description,
      trust: [{ principal: { Service: 'lambda.amazonaws.com' }, actions: ['sts:AssumeRole'] }],
    });
    this.addToPolicy({ sid: 'WriteLogs', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`${logs.arn}:*`] });
    this.rights = this.role.rights;
    this.roleArn = this.role.roleArn;
    this.roleName = this.role.roleName;
    const code = programArchive(this, 'Code', props.codeFolder);
    const resource = new LambdaFunction(this, 'Resource', {
      functionName: props.functionName,
      description: props.description,
      role: this.role.roleArn,
      runtime: LAMBDA_RUNTIME,
      architectures: ['arm64'],
      handler: 'index.handler',
      filename: code.path,
      // Of the files, not of the archive: that one holds dates, and would differ at each synthesis.
      sourceCodeHash: code.assetHash,
      memorySize: props.memoryMib ?? 256,
      timeout: props.timeoutSeconds,
      environment: { variables: { ...props.environment } },
      dependsOn: [logs, ...this.rights],
    });
    this.functionArn = resource.arn;
    this.accountId = accountOf(this, this.role.roleArn);
    this.functionName = resource.functionName;
  }

  addToPolicy(statement: PolicyStatement): void {
    this.role.addToPolicy(statement);
  }
}

function problemsOf(props: ProgramFunctionProps): string[] {
  const { functionName, memoryMib = MEMORY_MIB.least, timeoutSeconds, codeFolder } = props;
  const tooLong = !functionName.includes('${') && functionName.length > MAX_FUNCTION_NAME;
  return [
    ...(tooLong ? [`functionName "${functionName}" has ${functionName.length} characters; Lambda takes at most ${MAX_FUNCTION_NAME}.`] : []),
    ...outside('memoryMib', memoryMib, MEMORY_MIB),
    ...outside('timeoutSeconds', timeoutSeconds, TIMEOUT_SECONDS),
    ...(existsSync(join(codeFolder, 'index.js')) ? [] : [`codeFolder "${codeFolder}" holds no index.js. Build the package first: npm run build.`]),
  ];
}

function outside(name: string, value: number, range: { readonly least: number; readonly most: number }): string[] {
  const fits = Number.isInteger(value) && value >= range.least && value <= range.most;
  return fits ? [] : [`${name} ${value} must be a whole number from ${range.least} to ${range.most}.`];
}
