/**
 * Compares vectors that one camera captured as a lane of that camera does: through the centre of who is enrolled there.
 *
 * An impostor is in no gallery: where live faces are an impostor's, that person is left out of the centre.
 */
import { TwinstileError } from '../../base/errors.js';
import { laneId, type PersonId, siteId } from '../../base/ids.js';
import type { Distance } from '../../base/units.js';
import { cameraCondition } from '../../biometrics/conditions/capture-condition.js';
import {
  type CentredVector,
  largerDistance,
  type Offsets,
  withoutOffset,
} from '../../biometrics/conditions/centred.js';
import { CentreSums } from '../../biometrics/conditions/condition-centre.js';
import { offsetsTo } from '../../biometrics/conditions/offset-plan.js';
import { planAt } from '../../biometrics/conditions/offsets-between.js';
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
      offsets.stretch,
    );
}

/** What a lane of the camera changes where these are enrolled; nothing where the comparison is not centred. */
function offsetsAtCamera(enrolled: readonly Compared[], { centring }: Pick<Comparison, 'centring'>): Offsets {
  if (centring === undefined || enrolled.length === 0) return {};
  const owners = enrolled.map(({ person }) => person as PersonId);
  const conditions = enrolled.map(() => CAMERA);
  const side = (of: (one: Compared) => Float32Array) => {
    const sums = new CentreSums({ owners, conditions }, centring.size, () => true);
    for (const [row, one] of enrolled.entries()) sums.add(row, of(one));
    return sums.centres();
  };
  const centres = { template: side(({ template }) => template), live: side(({ live }) => live) };
  return offsetsTo(planAt(centres, CAMERA), CAMERA);
}

/** A name for the one camera that is compared. */
const CAMERA = cameraCondition(siteId('evaluate'), laneId('camera'), 'color');

/** Lenses that represent a gallery of one camera's templates. */
export interface CameraLenses {
  readonly template: (vector: Float32Array) => CentredVector;
  readonly live: (vector: Float32Array) => CentredVector;
  /** By how much longer distances between the two count. */
  readonly stretch: Offsets['stretch'];
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
    stretch: offsets.stretch,
  };
}
