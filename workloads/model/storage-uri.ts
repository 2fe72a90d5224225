import { FlowbenchError } from './errors.js';

/** Where something lies: a path of this machine, or `s3://bucket/key`. */
const S3 = /^s3:\/\/([^/]*)\/?(.*)$/;

export function isS3Uri(uri: string): boolean {
  return uri.startsWith('s3://');
}

/** Bucket, and key without a slash at its ends. Throws `configuration` for what is no location in S3. */
export function parseS3Uri(uri: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = '', key = ''] = S3.exec(uri) ?? [];
  if (bucket === '') {
    throw new FlowbenchError('configuration', `"${uri}" is no location in S3.`, { remedy: 'Write it as s3://bucket/prefix.' });
  }
  return { bucket, key: key.replace(/\/+$/, '') };
}

/** `joinUri('s3://b/x/', 'y', 'z.json')` → `s3://b/x/y/z.json`; for local paths the same with `/`. */
export function joinUri(base: string, ...names: readonly string[]): string {
  return [base === '/' ? '' : base.replace(/\/+$/, ''), ...names].join('/');
}

/** What holds it: `s3://b/x/y.json` → `s3://b/x`. */
export function parentUri(uri: string): string {
  const trimmed = uri.replace(/\/+$/, '');
  return trimmed.slice(0, Math.max(0, trimmed.lastIndexOf('/'))) || '/';
}
