/** The sum that guards a file of JSON which carries its own SHA-256. */
import { createHash } from 'node:crypto';

/** @param content without its sum. Keys in order, so that a file written again by another program keeps its sum. */
export function integrityOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content, inOrder)).digest('hex');
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
