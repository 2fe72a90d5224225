import * as z from 'zod';
import { nearest } from './nearest.js';
import { benchConfigSchema } from './schema.js';

const SHOWN_CHARACTERS = 80;

/** A value as a sentence shows it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** `datasets.0.scaleFactor`, or `configuration` for the whole. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'configuration' : path.map(String).join('.');
}

/** One sentence per issue; an issue about several unknown keys becomes one each. */
export function sentencesOf(issue: z.core.$ZodIssue, input: unknown): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
  const value = valueAt(input, issue.path);
  const right = issue.message.slice(issue.message.indexOf('; ') + 2);
  return [`${pathText(issue.path)}: ${value === undefined ? `is missing; ${right}` : `${shown(value)} ${issue.message}`}.`];
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const where = pathText([...path, key]);
  const known = keysAt(benchConfigSchema, path);
  if (known.includes(key)) return `${where}: means nothing beside the other fields of ${pathText(path)}; leave it out.`;
  const meant = nearest(key, known);
  return meant === undefined ? `${where}: is no known field; known here are ${known.join(', ')}.` : `${where}: is no known field; did you mean ${meant}?`;
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined), input);
}

/** Keys that the schema knows at a path. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const plain = unwrapped(schema);
  const [key, ...rest] = path;
  if (plain instanceof z.ZodDiscriminatedUnion) return [...new Set(plain.options.flatMap((option) => keysAt(option, path)))];
  if (plain instanceof z.ZodArray) return keysAt(plain.element, rest);
  if (!(plain instanceof z.ZodObject)) return [];
  const shape = plain.shape as Record<string, z.core.$ZodType>;
  if (key === undefined) return Object.keys(shape);
  const field = shape[String(key)];
  return field === undefined ? [] : keysAt(field, rest);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}
