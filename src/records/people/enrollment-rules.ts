/**
 * May this photograph become a template?
 *
 * A bad template is worse than none: it refuses its owner or lets somebody else in, every day, until somebody finds it.
 * Pure. Each rule asks for proof, so a distance that is NaN is no proof of likeness to the person's own photographs.
 */
import type { PersonId } from '../../base/ids.js';
import type { Distance } from '../../base/units.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import { areaOf, type Box } from '../../vision/frame/geometry.js';

export type RefusalReason =
  | 'bad-person-id'
  | 'unreadable'
  | 'no-face'
  | 'several-faces'
  | QualityProblem
  | 'not-encoded'
  | 'looks-like-another'
  | 'unlike-own-photos'
  | 'photo-of-another'
  | 'badge-of-another'
  | 'badge-revoked'
  | 'id-of-another'
  | 'bad-record'
  | 'too-many-photos'
  | 'too-many-badges';

/** One face found in a photograph. */
export interface FaceAppearance {
  readonly box: Box;
  readonly problems: readonly QualityProblem[];
  readonly embedding?: Float32Array;
}

export type Choice =
  | { readonly good: true; readonly embedding: Float32Array }
  | { readonly good: false; readonly reason: RefusalReason };

/** From this share of the largest face's area on, a second face may be the one that was meant. */
const LIKE_SIZE = 0.5;

/** @param tolerated problems that do not refuse a photograph. */
export function chooseFace(
  faces: readonly FaceAppearance[],
  tolerated: readonly QualityProblem[] = [],
): Choice {
  const [main, next] = [...faces].sort((a, b) => areaOf(b.box) - areaOf(a.box));
  if (main === undefined) return refused('no-face');
  if (next !== undefined && !(areaOf(next.box) < LIKE_SIZE * areaOf(main.box)))
    return refused('several-faces');
  const problem = main.problems.find((each) => !tolerated.includes(each));
  if (problem !== undefined) return refused(problem);
  return main.embedding === undefined ? refused('not-encoded') : { good: true, embedding: main.embedding };
}

/** What the gallery says of a new embedding. */
export interface Likeness {
  /** The nearest template of anybody else; absent when there is nobody else. */
  readonly other?: { readonly person: PersonId; readonly distance: Distance };
  /** The nearest of the person's own; absent for the first one. */
  readonly own?: Distance;
}

export interface LikenessLimits {
  /** Up to here, inclusive, two photographs show one person as far as anybody can tell. Absent: not asked. */
  readonly likeAnother?: Distance;
  /** Beyond this two photographs do not show one person. Absent: not asked. */
  readonly unlikeOwn?: Distance;
}

export type GalleryComparison =
  | { readonly good: true }
  | { readonly good: false; readonly reason: 'looks-like-another'; readonly other: PersonId }
  | { readonly good: false; readonly reason: 'unlike-own-photos' };

/** Of two people who look alike, each is nearer to his own photographs: that is no mistake. */
export function compareToGallery({ other, own }: Likeness, limits: LikenessLimits): GalleryComparison {
  const { likeAnother, unlikeOwn } = limits;
  if (other !== undefined && likeAnother !== undefined && other.distance <= likeAnother)
    if (own === undefined || !(own < other.distance))
      return { good: false, reason: 'looks-like-another', other: other.person };
  if (own !== undefined && unlikeOwn !== undefined && !(own <= unlikeOwn))
    return { good: false, reason: 'unlike-own-photos' };
  return { good: true };
}

const refused = (reason: RefusalReason): Choice => ({ good: false, reason });
