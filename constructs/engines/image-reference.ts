import { Fn } from 'cdktf';

/** A reference as charts take it that join two values with a colon. */
export interface SplitReference {
  readonly repository: string;
  readonly tag: string;
}

/**
 * Splits `host/name@sha256:<digest>`, which may be a Terraform expression, at its last colon. What has none, as
 * the mark of an image that was not published, gives an empty repository and no error: a destroy needs no image.
 */
export function splitReference(reference: string): SplitReference {
  const parts: unknown = Fn.regex('^(.*):([^:]+)$', reference);
  return { repository: Fn.try([Fn.element(parts, 0), '']) as string, tag: Fn.try([Fn.element(parts, 1), reference]) as string };
}
