import { type Random, wholeBelow } from '../../base/random.js';

/** One bootstrap replicate over people, drawn with replacement: how often each was drawn. */
export function drawnPeople(people: number, random: Random): Int32Array {
  const weights = new Int32Array(people);
  for (let i = 0; i < people; i += 1) {
    const one = wholeBelow(people, random);
    weights[one] = (weights[one] ?? 0) + 1;
  }
  return weights;
}
