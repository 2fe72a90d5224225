/** One statement of an IAM policy. It always allows: what is not granted is denied anyway. */
export interface PolicyStatement {
  /** Letters and digits; says what the statement is for. */
  readonly sid: string;
  readonly actions: readonly string[];
  /** ARNs; may be Terraform expressions. */
  readonly resources: readonly string[];
  /** IAM condition block: operator → key → values. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Whoever rights are granted to: `bucket.grantRead(identity)`. */
export interface IGrantee {
  /** ARN of the role behind it; may be a Terraform expression. */
  readonly roleArn: string;
  addToPolicy(statement: PolicyStatement): void;
}
