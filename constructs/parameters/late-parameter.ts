import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter';
import { Construct } from 'constructs';
import { NOT_YET } from '../../workloads/model/physical-names.js';
import { type IGrantee } from '../identity/grantee.js';

export interface LateParameterProps {
  /** Name of the parameter, a path with a leading slash. */
  readonly name: string;
  readonly description: string;
  /** Ends the id of the statement that {@link LateParameter.grantWrite} adds: letters and digits. */
  readonly label: string;
}

/**
 * A place for a value that a program finds out after the deploy. Terraform makes it with "none" and never looks
 * at the value again, so a plan after the program wrote shows no drift, and a destroy takes it along.
 */
export class LateParameter extends Construct {
  readonly parameterName: string;
  readonly parameterArn: string;
  private readonly label: string;

  constructor(scope: Construct, id: string, props: LateParameterProps) {
    super(scope, id);
    const parameter = new SsmParameter(this, 'Resource', {
      name: props.name,
      description: props.description,
      type: 'String',
      value: NOT_YET,
      lifecycle: { ignoreChanges: ['value'] },
    });
    this.parameterName = parameter.name;
    this.parameterArn = parameter.arn;
    this.label = props.label;
  }

  /** Read and overwrite the value. Actions: ssm:GetParameter, ssm:PutParameter. */
  grantWrite(grantee: IGrantee): void {
    grantee.addToPolicy({ sid: `Tell${this.label}`, actions: ['ssm:GetParameter', 'ssm:PutParameter'], resources: [this.parameterArn] });
  }
}
