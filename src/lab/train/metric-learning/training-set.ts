/** Photographs as one block of numbers to learn from. */

import { TwinstileError } from '../../../base/errors.js';
import type { SidedPhoto } from '../../../biometrics/statistics/training-sets.js';
import type { TrainingSet } from './training-plan.js';

export function trainingSet(
  photos: readonly SidedPhoto[],
  dimension: number,
  halfTwin: boolean,
): TrainingSet {
  const vectors = new Float32Array(photos.length * dimension);
  photos.forEach(({ embedding }, row) => {
    vectors.set(embedding, row * dimension);
  });
  const set = { vectors, dimension, people: numbered(photos.map(({ person }) => person)) };
  if (!halfTwin) return set;
  return {
    ...set,
    sides: Uint8Array.from(photos, ({ side }) => (side === 'template' ? 0 : 1)),
    shots: numbered(photos.map(({ person, shot }, row) => JSON.stringify([person, shot ?? row]))),
  };
}

/** The same number for the same name, from 0. */
function numbered(names: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}

/**
 * One vector that a number spoils, or that another encoder made, would spoil every sum that it enters.
 * @throws TwinstileError 'bad-arguments' that names the first person concerned.
 */
export function assertSound(photos: readonly SidedPhoto[], dimension: number): void {
  for (const { person, embedding } of photos) {
    if (embedding.length !== dimension)
      throw unfit(
        `vectors of ${dimension} numbers`,
        `one of ${embedding.length} of ${person}`,
        'Learn with the pack that made the vectors: --pack NAME.',
      );
    if (!embedding.every(Number.isFinite))
      throw unfit(
        'vectors of finite numbers',
        `one that has others of ${person}`,
        'Encode the photographs anew (--no-cache), or enroll that person again.',
      );
  }
}

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });

/**
 * Removes copies of a shot from evaluation: comparing a shot with its own copy measures nothing.
 * Leaves no shot on both sides: of the shots that a person has on both, every other one stays a template and the rest
 * stay live faces, the first as a template. A person with a single shot keeps its live face.
 */
export function withShotsApart(photos: readonly SidedPhoto[]): readonly SidedPhoto[] {
  const byPerson = new Map<string, Map<string, Set<SidedPhoto['side']>>>();
  for (const { person, shot, side } of photos) {
    if (shot === undefined) continue;
    const shots = byPerson.get(person) ?? new Map<string, Set<SidedPhoto['side']>>();
    byPerson.set(person, shots.set(shot, (shots.get(shot) ?? new Set()).add(side)));
  }
  const sideOf = new Map<string, SidedPhoto['side']>();
  for (const [person, shots] of byPerson) {
    const shared = [...shots].filter(([, sides]) => sides.size === 2).map(([shot]) => shot);
    const alone = shared.length === 1 && shots.size === 1;
    shared.forEach((shot, i) => {
      sideOf.set(nameOf(person, shot), alone || i % 2 === 1 ? 'live' : 'template');
    });
  }
  return photos.filter(
    ({ person, shot, side }) => shot === undefined || (sideOf.get(nameOf(person, shot)) ?? side) === side,
  );
}

const nameOf = (person: string, shot: string): string => JSON.stringify([person, shot]);
