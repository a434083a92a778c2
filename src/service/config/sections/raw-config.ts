/** Reads lists of a document that is not validated yet, and formats paths and values for its problems. */
import { showAddress, showSource } from '../../../base/shown-address.js';

export interface Problem {
  /** "lanes[0].pulse_ms" */
  readonly path: string;
  /** "Expected X, got Y." and, where there is one, a hint. */
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

/** Masks a key in which an address was written by mistake, since it may contain a login. */
export const formatKey = (key: PropertyKey): string =>
  /:\/\/|:.*@/s.test(String(key)) ? showAddress(String(key)) : String(key);

/** Formats a value briefly, and no contents of a group, which may hold a secret. */
export function formatValue(value: unknown, key?: PropertyKey): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isGroup(value)) return 'a group of keys';
  const text = JSON.stringify(typeof value === 'string' ? shown(value, key) : value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Keys that expect an address: any text there may be part of one, with a login. */
const ADDRESSES: readonly PropertyKey[] = ['url', 'database', 'source', 'pipeline'];

const shown = (text: string, key: PropertyKey | undefined): string =>
  key !== undefined && ADDRESSES.includes(key) ? showAddress(text) : showSource(text);

export const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A group in a list, with its path. */
export interface Entry {
  /** "access.rules[0]" */
  readonly path: string;
  readonly group: Readonly<Record<string, unknown>>;
}

/** Skips what is no group: the schema reports it. */
export const entriesOf = (value: unknown, path: string): readonly Entry[] =>
  Array.isArray(value)
    ? value.flatMap((group, index) => (isGroup(group) ? [{ path: `${path}[${index}]`, group }] : []))
    : [];

/** ISO dates compare as text. */
export function inOrder({ path, group }: Entry, first: string, last: string): readonly Problem[] {
  const [from, until] = [group[first], group[last]];
  if (typeof from !== 'string' || typeof until !== 'string' || from <= until) return [];
  return [
    {
      path: `${path}.${last}`,
      text: `Expected a day not before ${first} (${from}), got ${formatValue(until)}. Swap them or correct one.`,
    },
  ];
}
