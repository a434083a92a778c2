/** What is taken away of two enrolled templates, by the conditions under which both were captured. */
import { type CaptureCondition, countsAsPhoto } from './capture-condition.js';
import type { Offsets } from './centred.js';
import { type ConditionCentre, offsetOf, shareOf } from './condition-centre.js';
import type { KnownCentres } from './offset-plan.js';

/**
 * Returns the offsets of two templates: each camera's own centre, and of a photograph the photographs' centre by the other
 * side's share. Two photographs stay as they are.
 */
export function offsetsBetween({
  templates,
  photographs,
}: Pick<KnownCentres, 'templates' | 'photographs'>): (a: CaptureCondition, b: CaptureCondition) => Offsets {
  const cameras = new Map(
    [...templates].map(([condition, centre]) => [condition, offsetOf(centre, shareOf(centre.people))]),
  );
  const ofPhotograph = ({ people }: ConditionCentre): Float64Array | undefined =>
    photographs && offsetOf(photographs, shareOf(people));
  const pairs = new Map<string, Offsets>();
  const sideOf = (own: CaptureCondition, other: CaptureCondition): Float64Array | undefined => {
    const centre = templates.get(other);
    return countsAsPhoto(own) ? centre && ofPhotograph(centre) : cameras.get(own);
  };
  return (a, b) => {
    const key = `${a} ${b}`;
    const known = pairs.get(key) ?? { template: sideOf(a, b), live: sideOf(b, a) };
    pairs.set(key, known);
    return known;
  };
}
