/**
 * Compares vectors that one camera captured as a lane of that camera does: through the centre of who is enrolled there.
 *
 * An impostor is in no gallery: where live faces are an impostor's, that person is left out of the centre.
 */
import { TwinstileError } from '../../base/errors.js';
import type { Distance } from '../../base/units.js';
import { type CentredVector, largerDistance, withoutOffset } from '../../biometrics/conditions/centred.js';
import { lengthOf, offsetOf, shareOf } from '../../biometrics/conditions/condition-centre.js';
import type { Comparison, Lens } from '../../biometrics/head/comparison.js';
import type { Measured } from '../../biometrics/statistics/metric.js';

/** A vector of the trunk, and whose it is. */
export interface OwnedVector {
  readonly person: string;
  readonly vector: Float32Array;
}

/** Between the template of one index and the live face of another. */
export type IndexedBetween = (template: number, live: number) => Distance;

/**
 * Returns distances between vectors of one camera, with all people enrolled there but the impostor of a pair.
 *
 * Keeps the vectors once for each person who is live as an impostor.
 */
export function betweenAtCamera(vectors: readonly OwnedVector[], comparison: Comparison): IndexedBetween {
  const compared = vectors.map(({ person, vector }) => ({
    person,
    template: comparison.template(vector),
    live: comparison.live(vector),
  }));
  const withAll = through(compared, comparison);
  const without = new Map<string, ReturnType<typeof through>>();
  return (template, live) => {
    const person = compared[live]?.person ?? '';
    if (compared[template]?.person === person) return withAll(template, live);
    const between = without.get(person) ?? through(compared, comparison, person);
    without.set(person, between);
    return between(template, live);
  };
}

/** Of photographs times people: each keeps two vectors of some hundred numbers, so that this is about 8 GB. */
const MOST_KEPT = 4_000_000;

/**
 * Measures photographs of one camera as a lane of that camera compares them, all people enrolled but the impostor of a pair.
 * `measure` takes the given arrays alone: a copy of one is at no distance (NaN) from any.
 * @throws TwinstileError 'bad-arguments' for more photographs than one camera's people have.
 */
export function measuredAtCamera(photos: readonly OwnedVector[], comparison: Comparison): Measured {
  const people = new Set(photos.map(({ person }) => person)).size;
  if (photos.length * people > MOST_KEPT)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected with --same-camera at most ${MOST_KEPT} photographs times people, got ${photos.length} of ${people} people.`,
      hint: 'Leave people out: what one camera shows of a thousand people it shows of a hundred.',
    });
  const between = betweenAtCamera(photos, comparison);
  const places = new Map(photos.map(({ vector }, place) => [vector, place]));
  const itself: Lens = (vector) => vector;
  return {
    template: itself,
    live: itself,
    takesEncoded: true,
    measure: (template, live) => between(places.get(template) ?? -1, places.get(live) ?? -1),
  };
}

interface Compared {
  readonly person: string;
  readonly template: Float32Array;
  readonly live: Float32Array;
}

function through(all: readonly Compared[], comparison: Comparison, except?: string): IndexedBetween {
  const enrolled = all.filter(({ person }) => person !== except);
  const offsets = offsetsAtCamera(enrolled, comparison);
  const templates = new Map<number, CentredVector>();
  const lives = new Map<number, CentredVector>();
  const kept = (map: Map<number, CentredVector>, index: number, make: () => CentredVector): CentredVector => {
    const one = map.get(index) ?? make();
    map.set(index, one);
    return one;
  };
  const nothing = new Float32Array();
  return (i, j) =>
    largerDistance(
      comparison.metric,
      kept(templates, i, () => withoutOffset(all[i]?.template ?? nothing, offsets.template)),
      kept(lives, j, () => withoutOffset(all[j]?.live ?? nothing, offsets.live)),
    );
}

/** What is taken away on each side where these are enrolled; nothing where the comparison is not centred. */
function offsetsAtCamera(enrolled: readonly Compared[], { centring }: Pick<Comparison, 'centring'>) {
  if (centring === undefined || enrolled.length === 0) return {};
  const side = (of: (one: Compared) => Float32Array): Float64Array =>
    offsetOfPeople(
      enrolled.map((one) => ({ person: one.person, vector: of(one) })),
      centring.size,
    );
  return { template: side(({ template }) => template), live: side(({ live }) => live) };
}

/** Each person counts once: the mean over people of the mean of each person's directions, times the share of so many people. */
function offsetOfPeople(vectors: readonly OwnedVector[], size: number): Float64Array {
  const counts = new Map<string, number>();
  for (const { person } of vectors) counts.set(person, (counts.get(person) ?? 0) + 1);
  const mean = new Float64Array(size);
  for (const { person, vector } of vectors) {
    const weight = 1 / (lengthOf(vector, size) * (counts.get(person) ?? 1) * counts.size);
    for (let i = 0; i < size; i += 1) mean[i] = (mean[i] ?? 0) + weight * (vector[i] ?? Number.NaN);
  }
  return offsetOf({ mean, people: counts.size }, shareOf(counts.size));
}

/** Lenses that represent a gallery of one camera's templates. */
export interface CameraLenses {
  readonly template: (vector: Float32Array) => CentredVector;
  readonly live: (vector: Float32Array) => CentredVector;
}

/** Returns how templates of one camera and live faces before it are looked at where these are enrolled, one vector of each person or more. */
export function lensesAtCamera(enrolled: readonly OwnedVector[], comparison: Comparison): CameraLenses {
  const compared = enrolled.map(({ person, vector }) => ({
    person,
    template: comparison.template(vector),
    live: comparison.live(vector),
  }));
  const offsets = offsetsAtCamera(compared, comparison);
  const lens = (of: Lens, offset: Float64Array | undefined) => (vector: Float32Array) =>
    withoutOffset(of(vector), offset);
  return {
    template: lens(comparison.template, offsets.template),
    live: lens(comparison.live, offsets.live),
  };
}
