import { WARM_PORT } from '../../../workloads/model/job-manifest-warm.js';
import { benchNamespace, datasetBucketName, datasetPrefix, NAMESPACES, type OwnImage, type Phase, resultsBucketName } from '../../../workloads/model/physical-names.js';
import { type ChartValues } from '../../../constructs/engines/chart-values.js';
import { EXPRESSION, manifestsOf, UNKNOWN } from '../../infrastructure/kubernetes-manifests.js';
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

/** Which stack is deployed, and what two of it on one machine must not share. */
export interface PhaseWish {
  readonly phase: Phase;
  /** Instead of the one port that coordinators have, each in its own pod. */
  readonly port: number;
}
export const ALPHA: PhaseWish = { phase: 'alpha', port: WARM_PORT };

/** The namespace of an engine in a phase that is called otherwise. */
export const engineNamespace = (namespace: string, engine: 'spark' | 'trino' | 'ray'): string => `${namespace}-${engine}`;

/** Reference by digest, as a published image has one. */
export const imageReference = (image: OwnImage): string => `${ACCOUNT}.dkr.ecr.${CONFIG.region}.amazonaws.com/${CONFIG.project}-${image}@sha256:${'0'.repeat(64)}`;

const CALLER = /\$\{data\.aws_caller_identity\.[^}]*\.account_id\}/g;
const CLUSTER_NAME = /\$\{aws_eks_cluster\.[^}]*\.name\}/g;
const IMAGE = /\$\{lookup\([^{}]*\/images\/([a-z-]+)\\*"[^{}]*\)\}/g;

/**
 * What a stack deploys into a cluster, in the order in which it can be made: synthesised, with the values in
 * it that AWS would give. Whatever else Terraform alone knows (times of creation) is a plain text.
 *
 * @param namespace another than the stack's, so that suites keep apart
 */
export function phaseManifests(namespace: string, wish: PhaseWish = ALPHA): Manifest[] {
  const stack = synthesised(`${wish.phase}-stack`, CONFIG).json;
  const known = fill({ resource: stack.resource }, (text) => fillText(text, namespace, wish)) as Record<string, unknown>;
  const manifests = manifestsOf(known).map(({ manifest }) => manifest);
  return [...manifests].sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}

/** A chart that a stack releases. */
export interface PhaseRelease {
  readonly name: string;
  readonly namespace: string;
  readonly values: ChartValues;
}

/** The charts that a stack releases into a cluster, filled in as {@link phaseManifests}. */
export function phaseReleases(namespace: string, wish: PhaseWish): PhaseRelease[] {
  const { helm_release: releases = {} } = synthesised(`${wish.phase}-stack`, CONFIG).json.resource as Readonly<Record<string, object>>;
  const known = fill(releases, (text) => fillText(text, namespace, wish)) as Readonly<Record<string, { readonly name: string; readonly namespace: string; readonly values: readonly [string] }>>;
  return Object.values(known).map(({ name, namespace: place, values: [text] }) => ({ name, namespace: place, values: JSON.parse(text.replace(EXPRESSION, UNKNOWN)) as ChartValues }));
}

function fill(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((one) => fill(one, text));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, text)]));
}

function fillText(text: string, namespace: string, { phase, port }: PhaseWish): string {
  const named = text
    .replace(CALLER, ACCOUNT)
    .replace(CLUSTER_NAME, 'test-cluster')
    .replace(IMAGE, (_whole, image: OwnImage) => imageReference(image))
    .replaceAll(benchNamespace(phase), namespace)
    .replaceAll(new RegExp(`(?<!\\d)${WARM_PORT}(?!\\d)`, 'g'), String(port));
  return (['spark', 'trino', 'ray'] as const).reduce((sofar, engine) => sofar.replaceAll(NAMESPACES[engine], engineNamespace(namespace, engine)), named);
}
