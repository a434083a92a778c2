/** Photographs as one block of numbers to learn from. */
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
