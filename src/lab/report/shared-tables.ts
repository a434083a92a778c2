/** Tables that every report of photographs ends with. */
import type { Missing } from '../evaluate/people-photos.js';
import type { NamedPair, WorstPairs } from '../evaluate/spread.js';
import type { Table } from './html-report.js';

/** A list of thousands is for a file: --json has them all. */
const MAX_LISTED = 25;

/** By file name only: a report is passed on, and photographs of people are not. */
export function worstTables({ mated, impostors }: WorstPairs): readonly Table[] {
  return [
    pairTable('Farthest pairs of one person', mated),
    pairTable('Nearest pairs of two people', impostors),
  ].filter(({ rows }) => rows.length > 0);
}

const pairTable = (title: string, pairs: readonly NamedPair[]): Table => ({
  title,
  head: ['distance', 'photograph', 'photograph'],
  rows: pairs.map(({ a, b, distance }) => [distance.toFixed(4), a, b]),
});

export function missingTable(missing: readonly Missing[]): readonly Table[] {
  if (missing.length === 0) return [];
  const more = missing.length - MAX_LISTED;
  return [
    {
      title: 'Failures to acquire',
      head: ['reason', 'photograph'],
      rows: missing.slice(0, MAX_LISTED).map(({ reason, name }) => [reason, name]),
      note: more > 0 ? `And ${more} more; --json lists them all.` : undefined,
    },
  ];
}
