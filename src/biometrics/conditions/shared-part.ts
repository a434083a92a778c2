/**
 * Estimates how much of an encoder’s output two cameras share, where no centre can take it away: the mean cosine of different
 * people's directions, one of them captured by each.
 *
 * A camera of which nothing is known may be a twin of the one that a template was captured by, before the same wall in the same light.
 * Impostors then come as near as they do at that camera itself. Until there are people by whom it shows that it is none, it is
 * taken for one.
 */
import { type ConditionCentre, lengthOf, shareOf } from './condition-centre.js';

/**
 * What people before one camera share, before it is known of how many: the squared length of the mean of the one camera that was
 * measured (0.57; docs/SIAMESE.md), which shared more than the four others.
 */
const USUAL = 1 / 3;
/** so many pairs of people count as much. Of 1 and 3 the stricter for few people; measured, both let the same people in. */
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

/**
 * A centre of few people takes away what a camera shares that shares a third: n / (n + 2) is the share of exactly that. Another may share
 * more (blurred faces of that camera: 0.40), and is taken for one until this many pairs of people show what it shares. Of 1/3, 0.45 and
 * 0.5 by 3 and 10 pairs the first by which blurred clips let no impostor in (docs/RESULTS.md).
 */
const CAUTIOUS = 0.5;
const CAUTIOUS_PAIRS = 10;
/** With 0.19, as it would be of one person, one of ten clips of a person enrolled alone with 500 photographs was refused. */
const MOST_LEFT = 1 / 8;

/** Returns the mean cosine that may be left between two people of one camera behind their centre, 0 or more. */
export function leftBehind(centre: ConditionCentre): number {
  const { people: n } = centre;
  const f = shareOf(n);
  if (f === 0) return 0;
  const seen = n > 1 ? (n * lengthOf(centre.mean) ** 2 - 1) / (n - 1) : 0;
  const s = weighed(CAUTIOUS, seen, n > 1 ? (n * (n - 1)) / 2 : 0, CAUTIOUS_PAIRS);
  // Of a template t in the centre m and an impostor's face l: (t - f m)(l - f m), where tt = ll = 1, tl = ml = s and tm = mm.
  const mm = s + (1 - s) / n;
  const [template, live] = [1 - 2 * f * mm + f * f * mm, 1 - 2 * f * s + f * f * mm];
  const left = (s - f * s - f * mm + f * f * mm) / Math.sqrt(template * live);
  return left <= MOST_LEFT ? Math.max(0, left) : MOST_LEFT;
}

function weighed(before: number, shared: number, pairs: number, worth = USUAL_PAIRS): number {
  const mean = (worth * before + pairs * shared) / (worth + pairs);
  // NaN ends in the most, which refuses.
  return mean <= MOST ? Math.max(0, mean) : MOST;
}

/**
 * Returns by how much a distance must be stretched so that it means what it means where nothing is shared: a cosine c is worth
 * (c - shared) / (1 - shared), and the distance of directions is sqrt(2 - 2 c).
 * @returns 1 or more.
 */
export const stretchOf = (shared: number): number => 1 / Math.sqrt(1 - shared);
