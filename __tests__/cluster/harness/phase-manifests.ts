import { datasetBucketName, datasetPrefix, type OwnImage, resultsBucketName } from '../../../workloads/model/physical-names.js';
import { manifestsOf } from '../../infrastructure/kubernetes-manifests.js';
import { type Manifest } from '../../infrastructure/kubernetes-schema.js';
import { configWith, synthesised } from '../../stacks/stacks-of.js';

/** The account that the test cluster stands in. */
const ACCOUNT = '111122223333';
/** The region of the S3 server that stands for AWS's, and the sample as the dataset that is configured. */
const CONFIG = configWith({ region: 'us-east-1', datasets: [{ scaleFactor: 0.01 }], cluster: { workers: 4 } });
const PLACE = { project: CONFIG.project, region: CONFIG.region, accountId: ACCOUNT };

export const DATASET_BUCKET = datasetBucketName(PLACE);
export const RESULTS_BUCKET = resultsBucketName(PLACE);
/** Where the sample lies in the dataset bucket. */
export const SAMPLE_PREFIX = datasetPrefix(0.01, 'decimal');
/** Namespace that α's stack makes. */
export const PHASE_NAMESPACE = 'flowbench-alpha';

/** Reference by digest, as a published image has one. */
export const imageReference = (image: OwnImage): string => `${ACCOUNT}.dkr.ecr.${CONFIG.region}.amazonaws.com/${CONFIG.project}-${image}@sha256:${'0'.repeat(64)}`;

const CALLER = /\$\{data\.aws_caller_identity\.[^}]*\.account_id\}/g;
const CLUSTER_NAME = /\$\{aws_eks_cluster\.[^}]*\.name\}/g;
const IMAGE = /\$\{lookup\([^{}]*\/images\/([a-z-]+)\\*"[^{}]*\)\}/g;

/**
 * What alpha-stack deploys into a cluster, in the order in which it can be made: synthesised, with the values in
 * it that AWS would give. Whatever else Terraform alone knows (times of creation) is a plain text.
 *
 * @param namespace another than the stack's, so that suites keep apart
 */
export function phaseManifests(namespace: string): Manifest[] {
  const stack = synthesised('alpha-stack', CONFIG).json;
  const known = fill({ resource: stack.resource }, namespace) as Record<string, unknown>;
  const manifests = manifestsOf(known).map(({ manifest }) => manifest);
  return [...manifests].sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}

function fill(value: unknown, namespace: string): unknown {
  if (typeof value === 'string') return fillText(value, namespace);
  if (Array.isArray(value)) return value.map((one) => fill(one, namespace));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, namespace)]));
}

function fillText(text: string, namespace: string): string {
  return text
    .replace(CALLER, ACCOUNT)
    .replace(CLUSTER_NAME, 'test-cluster')
    .replace(IMAGE, (_whole, image: OwnImage) => imageReference(image))
    .replaceAll(PHASE_NAMESPACE, namespace);
}
