import * as z from 'zod';

/** One version of an object in the results bucket, as S3 announces it. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  /** Hash of the content, without quotes. */
  readonly etag: string;
  /** RFC 3339. */
  readonly storedAt: string;
}

const eventSchema = z.object({
  Records: z.array(
    z.object({
      eventTime: z.iso.datetime(),
      s3: z.object({
        bucket: z.object({ name: z.string().min(1) }),
        object: z.object({ key: z.string().min(1), eTag: z.string().min(1) }),
      }),
    }),
  ),
});

/** The objects an S3 event tells of; none for the test event that S3 sends when a notification is set up. */
export function objectsOf(event: unknown): StoredObject[] {
  if (isTestEvent(event)) return [];
  return eventSchema.parse(event).Records.map(({ eventTime, s3 }) => ({
    bucket: s3.bucket.name,
    // Keys are encoded like a form: a space is a plus.
    key: decodeURIComponent(s3.object.key.replace(/\+/g, ' ')),
    etag: s3.object.eTag,
    storedAt: eventTime,
  }));
}

export function uriOf(object: StoredObject): string {
  return `s3://${object.bucket}/${object.key}`;
}

function isTestEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'Event' in event && event.Event === 's3:TestEvent';
}
