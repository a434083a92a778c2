/** Batches that hold several photos of one person: without them there is no positive to learn from. */
import { type Random, shuffled } from '../../../base/random.js';

export interface BatchPlan {
  /** Rows in a batch, 4 or more. */
  readonly size: number;
  /** Of one person (and side) in one batch, at most. */
  readonly perPerson: number;
  /** Share of a batch given to people of a single photo, who can only form impostor pairs. 0..1 */
  readonly impostors: number;
}

/**
 * One epoch: every person that can be compared with itself comes once, in a random order.
 * @param people number of the person per row. @param sides as in Rows: then each side has up to `perPerson` photos.
 * @returns lists of rows.
 */
export function batchesOf(
  { people, sides }: { readonly people: Int32Array; readonly sides?: Uint8Array },
  { size, perPerson, impostors: strangers }: BatchPlan,
  random: Random,
): readonly (readonly number[])[] {
  const byPerson = new Map<number, number[]>();
  people.forEach((person, row) => {
    byPerson.set(person, [...(byPerson.get(person) ?? []), row]);
  });
  const chosen = (rows: readonly number[]): readonly number[] => {
    const mixed = shuffled(rows, random);
    if (sides === undefined) return mixed.slice(0, perPerson);
    return [0, 1].flatMap((side) => mixed.filter((row) => sides[row] === side).slice(0, perPerson));
  };
  const canTeach = (rows: readonly number[]): boolean =>
    sides === undefined ? rows.length > 1 : new Set(rows.map((row) => sides[row])).size > 1;
  const all = [...byPerson.values()];
  const teachers = shuffled(all.filter(canTeach), random);
  const lonely = shuffled(all.filter((rows) => !canTeach(rows)).flat(), random);

  const batches: number[][] = [];
  const room = Math.max(4, Math.round(size * (1 - (lonely.length > 0 ? strangers : 0))));
  let batch: number[] = [];
  for (const rows of teachers) {
    const some = chosen(rows);
    if (batch.length > 0 && batch.length + some.length > room) {
      batches.push(batch);
      batch = [];
    }
    batch.push(...some);
  }
  if (batch.length > 0) batches.push(batch);
  // Dealt out in turn, so that each batch gets others.
  let next = 0;
  for (const each of batches)
    for (; each.length < size && lonely.length > 0 && next < lonely.length * batches.length; next += 1) {
      const row = lonely[next % lonely.length];
      if (row === undefined || each.includes(row)) break;
      each.push(row);
    }
  return batches;
}
