/**
 * The AWS SDK, as far as it is used: the one module that names the package for more than types, loaded when the
 * first `s3://` location is used. It holds no code of ours, so that a build can replace it by a bundle.
 */
export {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
