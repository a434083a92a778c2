/** Invented people: random directions, which are further from each other than faces are. */
import { type PersonId, personId } from '../src/base/ids.js';
import { wallTime } from '../src/base/units.js';
import type { Person } from '../src/records/people/person.js';

export interface RandomPeople {
  /** float32 [count, dimension], unit rows. */
  readonly matrix: Float32Array;
  readonly ids: readonly PersonId[];
  readonly records: ReadonlyMap<PersonId, Person>;
}

export function randomPeople(count: number, dimension: number): RandomPeople {
  const next = generator(42);
  const matrix = new Float32Array(count * dimension);
  for (let row = 0; row < count; row += 1) {
    let length = 0;
    for (let column = 0; column < dimension; column += 1) {
      // Box-Muller: directions are then spread evenly over the sphere.
      const value = Math.sqrt(-2 * Math.log(next() || 1e-12)) * Math.cos(2 * Math.PI * next());
      matrix[row * dimension + column] = value;
      length += value * value;
    }
    const norm = Math.sqrt(length);
    for (let column = 0; column < dimension; column += 1)
      matrix[row * dimension + column] = (matrix[row * dimension + column] ?? 0) / norm;
  }
  const ids = Array.from({ length: count }, (_, index) => personId(`random-${index}`));
  const consent = { textVersion: 'bench', givenAt: wallTime(0) };
  return { matrix, ids, records: new Map(ids.map((id) => [id, { id, name: id, consent }])) };
}

/** mulberry32: seeded, so that two runs search the same gallery. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
