/** Compares a face that was met with the people of a site that it is not. */
import type { PersonId } from '../../base/ids.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { largerDistance, withoutOffset } from '../../biometrics/conditions/centred.js';
import { offsetsTo } from '../../biometrics/conditions/offset-plan.js';
import {
  type ComparedPeople,
  few,
  type LiveCondition,
  offsetsWithout,
  rowsByCondition,
  templateOf,
} from './site-pairs.js';

export interface MetFace {
  /** As a live face is compared. */
  readonly vector: Float32Array;
  /** Whose face it is: not compared, and left out of the centre, as an impostor is. */
  readonly person: PersonId;
  /** Who is not compared either: whom a newcomer looks like, and may be. */
  readonly like?: PersonId;
}

/**
 * Returns one distance to each other person, at most 300, by the condition that templates come from.
 *
 * The template of a person goes around with the place of the person, so that none is chosen by how near it is.
 */
export function metDistances(
  people: ComparedPeople,
  side: LiveCondition,
  { vector, person: whose, like }: MetFace,
): ReadonlyMap<CaptureCondition, readonly number[]> {
  const byCondition = rowsByCondition(people);
  const own = side.condition === undefined ? undefined : byCondition.get(side.condition)?.get(whose);
  const met = new Map<CaptureCondition, readonly number[]>();
  for (const [template, rows] of byCondition) {
    const offsets =
      own === undefined ? offsetsTo(side.plan, template) : offsetsWithout(people, side, template)(own);
    const probe = withoutOffset(vector, offsets.live);
    const distances = [...few(rows)].flatMap(([person, theirs], place) => {
      if (person === whose || person === like) return [];
      const enrolled = templateOf(people, theirs[place % theirs.length] ?? -1);
      return largerDistance(people.metric, withoutOffset(enrolled, offsets.template), probe, offsets.stretch);
    });
    if (distances.length > 0) met.set(template, distances);
  }
  return met;
}
