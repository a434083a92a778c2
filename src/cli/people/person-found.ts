/** Finds the person of an id, or suggests known ids for a mistyped one. */
import { TwinstileError } from '../../base/errors.js';
import { personId } from '../../base/ids.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import type { Office } from '../../service/setup/open-gallery.js';

/** @throws TwinstileError 'person-unknown'. */
export async function findPerson({ gallery }: Office, id: string): Promise<Enrolled> {
  const person = await gallery.find(personId(id));
  if (person !== undefined) return person;
  throw new TwinstileError({
    code: 'person-unknown',
    message: `Expected the id of somebody who is enrolled, got '${id}'.`,
    hint: nearHint(
      id,
      (await gallery.list()).map(({ person }) => person.id),
    ),
  });
}

/** Where to look for the right id, with those that look like it. */
export function nearHint(id: string, known: readonly string[]): string {
  const near = nearestIds(id, known);
  const list = 'See who is enrolled with: twinstile people list';
  return near.length === 0 ? list : `Nearest: ${near.join(', ')}. ${list}`;
}

/** More would be a list, not a hint. */
const MAX_IDS = 3;

/** Those that differ least, best first: none that differs in more than a third of its letters. Case does not count. */
function nearestIds(id: string, known: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(Math.max(id.length, 3) / 3));
  return known
    .map((other) => ({ other, edits: editDistance(id.toLowerCase(), other.toLowerCase(), limit) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
    .slice(0, MAX_IDS)
    .map(({ other }) => other);
}

/** Optimal string alignment (insertions, deletions, substitutions, swaps of neighbours); anything above the limit is limit + 1. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const plain = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(isSwap ? Math.min(plain, (before[j - 2] ?? 0) + 1) : plain);
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? limit + 1;
}
