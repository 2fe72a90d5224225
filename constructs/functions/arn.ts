import { Fn, Token } from 'cdktf';

/** The account of an ARN that names one; a Terraform expression. */
export function accountOf(arn: string): string {
  return Token.asString(Fn.element(Fn.split(':', arn), 4));
}
