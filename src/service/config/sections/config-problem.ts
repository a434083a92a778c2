/** One thing that is wrong with a configuration, and how a value is shown. */
import { showAddress, showSource } from '../../../base/shown-address.js';

export interface Problem {
  /** "lanes[0].pulse_ms" */
  readonly path: string;
  /** "Expected X, got Y." and, where there is one, an order. */
  readonly text: string;
}

type Path = readonly PropertyKey[];

export const formatPath = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${part}]`
        : text === ''
          ? formatKey(part)
          : `${text}.${formatKey(part)}`,
    '',
  );

/** A value that was written where a key belongs. */
export const formatKey = (key: PropertyKey): string =>
  /:\/\/|:.*@/s.test(String(key)) ? showAddress(String(key)) : String(key);

/** Short, and nothing of a group: it might hold what should not be seen. */
export function formatValue(value: unknown, key?: PropertyKey): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isGroup(value)) return 'a group of keys';
  const text = JSON.stringify(typeof value === 'string' ? shown(value, key) : value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Where an address belongs, anything may be half of one. */
const ADDRESSES: readonly PropertyKey[] = ['url', 'database', 'source', 'pipeline'];

const shown = (text: string, key: PropertyKey | undefined): string =>
  key !== undefined && ADDRESSES.includes(key) ? showAddress(text) : showSource(text);

export const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
