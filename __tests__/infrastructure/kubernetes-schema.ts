import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Strict validation of manifests without an API server: types and required fields by the API's OpenAPI schema
 * (kubernetes-models), unknown fields by the fields that the generated client knows, names and labels by the
 * API's own patterns. What only a server knows (admission, quotas, references) is not checked.
 */
export type Manifest = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

/** A kind is known by name only, so its module is loaded when it is met. */
const load = createRequire(__filename);
const MODELS = join(dirname(load.resolve('@kubernetes/client-node/package.json')), 'dist', 'gen', 'models');
const ATTRIBUTES = /\.attributeTypeMap = (\[[\s\S]*?\n\]);/;

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

const fieldsByType = new Map<string, ReadonlyMap<string, string> | null>();

/** Fields of a type of the API → their types (`string`, `V1PodSpec`, `Array<V1Container>`); null for what has no fields. */
export function fieldsOf(type: string): ReadonlyMap<string, string> | null {
  const known = fieldsByType.get(type);
  if (known !== undefined) return known;
  const fields = readFields(type);
  fieldsByType.set(type, fields);
  return fields;
}

function readFields(type: string): ReadonlyMap<string, string> | null {
  const file = join(MODELS, `${type}.js`);
  if (!/^\w+$/.test(type) || !existsSync(file)) return null;
  const text = ATTRIBUTES.exec(readFileSync(file, 'utf8'))?.[1];
  if (text === undefined) return null;
  return new Map((JSON.parse(text) as readonly Attribute[]).map(({ baseName, type: fieldType }) => [baseName, fieldType]));
}

/** Type of the items of a list, or undefined for what is no list. */
export const itemOf = (type: string): string | undefined => /^Array<(.+)>$/.exec(type)?.[1];
/** Type of the values of a map, or undefined for what is none. */
export const valueOf = (type: string): string | undefined => /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];

/** Everything wrong with a manifest, a sentence each; empty when an API server would take its shape. */
export function manifestProblems(manifest: Manifest): string[] {
  return [...typeProblems(manifest), ...unknownFields(`V1${manifest.kind}`, manifest, manifest.kind), ...metadataProblems(manifest)];
}

function typeProblems(manifest: Manifest): string[] {
  const module = `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`;
  const loaded = load(module) as Readonly<Record<string, (new (data: unknown) => { validate(): void }) | undefined>>;
  const Model = loaded[manifest.kind];
  if (Model === undefined) return [`${manifest.apiVersion} has no kind ${manifest.kind}`];
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function unknownFields(type: string, value: unknown, path: string): string[] {
  const item = itemOf(type) ?? valueOf(type);
  if (typeof value !== 'object' || value === null) return [];
  if (item !== undefined) return Object.entries(value).flatMap(([key, one]) => unknownFields(item, one, `${path}.${key}`));
  const fields = fieldsOf(type);
  if (fields === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    const fieldType = fields.get(key);
    return fieldType === undefined ? [`${path}.${key} is no field of ${type}`] : unknownFields(fieldType, one, `${path}.${key}`);
  });
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

interface Metadata {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function metadataProblems(manifest: Manifest): string[] {
  const metadata = (manifest.metadata ?? {}) as Metadata;
  const name = metadata.name ?? '';
  return [
    ...(NAME.test(name) ? [] : [`${manifest.kind} "${name}" has no valid name`]),
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => [
      ...(LABEL_KEY.test(key) ? [] : [`${manifest.kind} ${name}: "${key}" is no key of a label`]),
      ...(LABEL_VALUE.test(value) ? [] : [`${manifest.kind} ${name}: label ${key} has the value "${value}"`]),
    ]),
  ];
}
