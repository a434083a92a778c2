/** Equality of values whose optional fields may be there as undefined. */
import assert from 'node:assert/strict';

/** As assert.deepEqual; a field that is undefined is the same as one that is absent. */
export function sameFields(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(definedFields(actual), definedFields(expected), message);
}

function definedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(definedFields);
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, definedFields(one)]));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [key, definedFields(one)]),
  );
}
