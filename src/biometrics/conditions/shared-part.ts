/**
 * Estimates how much of what an encoder says two cameras share, where no centre can take it away: the mean cosine of different
 * people's directions, one of them captured by each.
 *
 * A camera of which nothing is known may be a twin of the one that a template was captured by, before the same wall in the same light.
 * Impostors then come as near as they do at that camera itself. Until there are people by whom it shows that it is none, it is
 * taken for one.
 */
import { type ConditionCentre, lengthOf } from './condition-centre.js';

/**
 * What people before one camera share, before it is known of how many: the squared length of the mean of the one camera that was
 * measured (0.57; docs/SIAMESE.md), which shared more than the four others.
 */
const USUAL = 1 / 3;
/** So many pairs of people say as much as that does. Of 1 and 3 the stricter for few people; measured, both let the same people in. */
const USUAL_PAIRS = 3;
/** More than this no camera was seen to share: distances are then stretched to one and a half times. */
const MOST = 0.55;

/**
 * Returns the mean cosine between people who were captured by one camera, by its centre: 0 or more.
 *
 * The square of a mean of n directions of unit length is 1 / n of themselves and the rest of each two.
 */
export function sharedWithin({ mean, people }: ConditionCentre): number {
  if (!(people > 1)) return USUAL;
  const shared = (people * lengthOf(mean) ** 2 - 1) / (people - 1);
  return weighed(USUAL, shared, (people * (people - 1)) / 2);
}

/** Returns the same of people of whom one was captured by each of two cameras; as within the first until enough pairs show it. */
export function sharedBetween(a: ConditionCentre, b: ConditionCentre): number {
  const shared = a.mean.reduce((sum, value, i) => sum + value * (b.mean[i] ?? Number.NaN), 0);
  return weighed(sharedWithin(a), shared, a.people * b.people);
}

function weighed(before: number, shared: number, pairs: number): number {
  const mean = (USUAL_PAIRS * before + pairs * shared) / (USUAL_PAIRS + pairs);
  // NaN ends in the most, which refuses.
  return mean <= MOST ? Math.max(0, mean) : MOST;
}

/**
 * Returns by how much a distance must be stretched so that it means what it means where nothing is shared: a cosine c is worth
 * (c - shared) / (1 - shared), and the distance of directions is sqrt(2 - 2 c).
 * @returns 1 or more.
 */
export const stretchOf = (shared: number): number => 1 / Math.sqrt(1 - shared);
