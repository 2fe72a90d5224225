import { fieldsOf, itemOf, type Manifest, valueOf } from './kubernetes-schema.js';

/**
 * The Kubernetes resources of a synthesised stack as manifests, as the provider would send them: names and
 * nesting are found by the fields that the API's types have, so that a resource nobody here has heard of is
 * turned too, and an attribute that leads to no field is an error that names it.
 */
export interface StackManifest {
  /** `kubernetes_cron_job_v1.Coordinator_CronJob_1A2B`. */
  readonly address: string;
  readonly manifest: Manifest;
}

/** API version of each kind that Terraform's provider has a resource of and we may use. */
const API_VERSIONS: Readonly<Record<string, string>> = {
  Namespace: 'v1', ServiceAccount: 'v1', ConfigMap: 'v1', Secret: 'v1', Service: 'v1', LimitRange: 'v1', ResourceQuota: 'v1',
  Deployment: 'apps/v1', DaemonSet: 'apps/v1', StatefulSet: 'apps/v1',
  Job: 'batch/v1', CronJob: 'batch/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1', PriorityClass: 'scheduling.k8s.io/v1', StorageClass: 'storage.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1', RoleBinding: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1', ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
};

/** Attributes that are Terraform's or the provider's own, and no part of the object. */
const NOT_OF_THE_OBJECT = new Set(['//', 'id', 'depends_on', 'lifecycle', 'provider', 'count', 'for_each', 'provisioner', 'connection', 'timeouts']);
const WAIT = /^wait_for_/;

/** What stands for a value that only Terraform knows; valid as a name, label and number's text. */
export const UNKNOWN = '1';
export const EXPRESSION = /\$\{(?:[^{}]|\{[^{}]*\})*\}/g;

type Json = Readonly<Record<string, unknown>>;

/** @param stack the stack's JSON as `cdktf synth` writes it */
export function manifestsOf(stack: Json): StackManifest[] {
  const resources = (stack.resource ?? {}) as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  return Object.entries(resources)
    .filter(([type]) => type.startsWith('kubernetes_'))
    .flatMap(([type, byName]) => Object.entries(byName).map(([name, attributes]) => {
      const address = `${type}.${name}`;
      return { address, manifest: manifestOf(address, kindOf(address, type), attributes) };
    }));
}

function kindOf(address: string, type: string): string {
  const words = type.replace(/^kubernetes_/, '').replace(/_v\d\w*$/, '').split('_');
  const kind = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  if (!(kind in API_VERSIONS)) throw new Error(`${address}: no API version is known for kind ${kind}`);
  return kind;
}

function manifestOf(address: string, kind: string, attributes: Json): Manifest {
  const ofTheObject = Object.entries(attributes).filter(([key]) => !NOT_OF_THE_OBJECT.has(key) && !WAIT.test(key));
  const object = objectOf(`V1${kind}`, Object.fromEntries(ofTheObject), address);
  return { apiVersion: API_VERSIONS[kind] ?? '', kind, ...object };
}

function objectOf(type: string, attributes: Json, path: string): Json {
  const fields = fieldsOf(type);
  if (fields === null) throw new Error(`${path}: ${type} has no fields`);
  const present = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present.map(([attribute, value]) => {
    const field = fieldFor(attribute, fields);
    if (field === undefined) throw new Error(`${path}.${attribute}: ${type} has no such field`);
    return [field, valueFor(fields.get(field) ?? '', value, `${path}.${attribute}`)];
  }));
}

/** `cluster_ip` → `clusterIP`, `container` → `containers`, `timezone` → `timeZone`, `match_expressions` → itself. */
function fieldFor(attribute: string, fields: ReadonlyMap<string, string>): string | undefined {
  const plain = attribute.replaceAll('_', '').toLowerCase();
  const spellings = [plain, `${plain}s`, `${plain}es`, plain.replace(/y$/, 'ies')];
  for (const spelling of spellings) {
    const field = [...fields.keys()].find((name) => name.toLowerCase() === spelling);
    if (field !== undefined) return field;
  }
  return undefined;
}

function valueFor(type: string, value: unknown, path: string): unknown {
  const item = itemOf(type);
  if (item !== undefined) return (Array.isArray(value) ? value : [value]).map((one, index) => valueFor(item, one, `${path}[${index}]`));
  const mapped = valueOf(type);
  if (mapped !== undefined) return Object.fromEntries(Object.entries(theOne(value, path) as Json).map(([key, one]) => [key, valueFor(mapped, one, `${path}.${key}`)]));
  if (fieldsOf(type) !== null) return objectOf(type, theOne(value, path) as Json, path);
  return scalar(type, value);
}

/** A block that there is at most one of may be written as a list of one. */
function theOne(value: unknown, path: string): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length > 1) throw new Error(`${path}: ${value.length} blocks where the API has one object`);
  return value[0] ?? {};
}

function scalar(type: string, value: unknown): unknown {
  const known = typeof value === 'string' ? value.replace(EXPRESSION, UNKNOWN) : value;
  if (type === 'number' && typeof known === 'string') return Number(known);
  if (type === 'boolean' && typeof known === 'string') return known === 'true';
  if (type === 'IntOrString' && typeof known === 'string' && /^\d+$/.test(known)) return Number(known);
  return known;
}
