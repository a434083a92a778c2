/**
 * Decides whether a photograph may become a template.
 *
 * A bad template is worse than none: it refuses its owner or admits another person, every day, until it is found.
 * Pure. Each rule requires proof, so a distance that is NaN does not prove likeness to the person's own photographs.
 */
import type { PersonId } from '../../base/ids.js';
import { type Distance, falseMatchRate } from '../../base/units.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { distanceAt } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import { areaOf, type Box } from '../../vision/geometry.js';

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

type Choice =
  | { readonly good: true; readonly embedding: Float32Array }
  | { readonly good: false; readonly reason: RefusalReason };

/** From this share of the largest face's area on, a second face may be the intended one. */
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

/** The nearest templates to a new embedding. */
export interface Likeness {
  /** The nearest template of another person; absent when there is no other person. */
  readonly other?: { readonly person: PersonId; readonly distance: Distance };
  /** The nearest of the person's own; absent for the first one. */
  readonly own?: Distance;
}

/** A face that was refused because it looks like another person. */
export interface Lookalike {
  /** Who was to be enrolled. */
  readonly person: PersonId;
  readonly like: PersonId;
  /** As the encoder gives it. */
  readonly vector: Float32Array;
  readonly condition: CaptureCondition;
}

export interface LikenessLimits {
  /** Up to here, inclusive, two photographs may show one person. Absent: not checked. */
  readonly likeAnother?: Distance;
  /** Beyond this two photographs do not show one person. Absent: not checked. */
  readonly unlikeOwn?: Distance;
}

type GalleryComparison =
  | { readonly good: true }
  | { readonly good: false; readonly reason: 'looks-like-another'; readonly other: PersonId }
  | { readonly good: false; readonly reason: 'unlike-own-photos' };

/** Compares with the gallery. Two people who look similar are each nearer to their own photographs: not refused. */
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

/**
 * False match rate of "looks like another", per photograph and over the whole gallery: one in a hundred is refused by
 * mistake and checked by the administrator. One person under two ids would be denied at the gate every day, because each is
 * as near as the other.
 */
const MISTAKEN = 1e-2;

/** Fewest impostor pairs on which a limit rests: the nearest few of a table are often one person under two names. */
const MIN_PAIRS = 12;

/**
 * False match rate of "unlike own photos": one impostor in a hundred comes this near, and hardly any photograph of the same person is farther off: with pack
 * `mobile` 5 of 861 pairs of LFW, while 397 of 400 photographs of a wrong person are.
 */
const IMPOSTOR = 1e-2;

/**
 * Converts the rates to distances of this encoder. A larger gallery has a stricter limit, down to the smallest rate that the
 * table supports.
 * @param templates how many a new one is compared with, 0 or more.
 */
export function likenessLimits(table: CalibrationTable, templates: number): LikenessLimits {
  const likeAnother = farthest(table, MISTAKEN / Math.max(1, templates));
  const unlikeOwn = farthest(table, IMPOSTOR);
  return {
    likeAnother,
    unlikeOwn,
  };
}

function farthest(table: CalibrationTable, rate: number): Distance | undefined {
  return distanceAt(table, falseMatchRate(Math.max(rate, MIN_PAIRS / table.impostorPairs)));
}
