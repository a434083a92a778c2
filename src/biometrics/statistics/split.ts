/** Splits photographs into training, stopping and test sets by person, so that no person of the test set was seen in training. */
import { randomFrom, shuffled } from '../../base/random.js';

export interface Split<T> {
  readonly train: readonly T[];
  readonly stop: readonly T[];
  readonly examine: readonly T[];
}

const TRAIN = 0.5;
const STOP = 0.15;

/**
 * @param photos of each person, with the person's name; people of one photo and people of several are dealt out
 * separately, so that every part has its share of both.
 */
export function splitByPerson<T extends { readonly person: string }>(
  photos: readonly T[],
  seed: number,
): Split<T> {
  const sizes = new Map<string, number>();
  for (const { person } of photos) sizes.set(person, (sizes.get(person) ?? 0) + 1);
  const random = randomFrom(seed);
  const names = [...sizes.keys()].sort();
  const partOf = new Map<string, keyof Split<T>>();
  for (const several of [true, false]) {
    const some = shuffled(
      names.filter((name) => (sizes.get(name) ?? 0) > 1 === several),
      random,
    );
    some.forEach((name, i) => {
      const share = (i + 0.5) / some.length;
      partOf.set(name, share < TRAIN ? 'train' : share < TRAIN + STOP ? 'stop' : 'examine');
    });
  }
  const part = (name: keyof Split<T>): readonly T[] =>
    photos.filter(({ person }) => partOf.get(person) === name);
  return { train: part('train'), stop: part('stop'), examine: part('examine') };
}
