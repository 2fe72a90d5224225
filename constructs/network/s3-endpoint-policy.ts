/** What our own programs do with our own buckets. */
const OWN_BUCKETS = [
  's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts',
  's3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation',
] as const;

/**
 * Buckets of others that a node reads from within its region; the gateway endpoint takes that traffic, so a
 * policy without them keeps nodes from becoming ready or images from being pulled.
 */
const readOnlyBuckets = (region: string): readonly string[] => [
  // Layers of every image in ECR, EKS add-ons included.
  `prod-${region}-starport-layer-bucket`,
  // Package repositories of Amazon Linux 2023.
  `al2023-repos-${region}-de612dc2`,
  // Layers of the Kubernetes project's own images and of those at Quay: clients within AWS are sent to a bucket of their region.
  `prod-registry-k8s-io-${region}`,
  'quayio-production-s3',
];

/**
 * The outer bound of what passes the endpoint; rights come from the roles.
 *
 * @param bucketNames ours, by name; they need not exist
 */
export function s3EndpointPolicy(region: string, bucketNames: readonly string[]): string {
  const allow = (sid: string, actions: readonly string[], resources: readonly string[]): unknown => ({ Sid: sid, Effect: 'Allow', Principal: '*', Action: actions, Resource: resources });
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...(bucketNames.length === 0 ? [] : [allow('OwnBuckets', OWN_BUCKETS, bucketNames.flatMap((name) => [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]))]),
      allow('ReadForNodes', ['s3:GetObject'], readOnlyBuckets(region).map((name) => `arn:aws:s3:::${name}/*`)),
    ],
  });
}
