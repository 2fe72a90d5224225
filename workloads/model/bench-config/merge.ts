type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * One configuration over another: objects are merged field by field, anything else replaces what was there, and
 * null takes a field away, so that its default returns (a JSON merge patch). Neither side is changed.
 */
export function mergeConfig(base: unknown, over: unknown): unknown {
  if (!isObject(over)) return over;
  const merged: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = mergeConfig(merged[key], value);
  }
  return merged;
}
