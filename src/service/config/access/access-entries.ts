/** Reads lists of the raw document, each entry with its path. */
import { formatValue, isGroup, type Problem } from '../sections/config-problem.js';

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
