/**
 * May this photograph become a template?
 *
 * A bad template is worse than none: it refuses its owner or lets somebody else in, every day, until somebody finds it.
 * Pure. Each rule asks for proof, so a distance that is NaN is no proof of likeness to the person's own photographs.
 */
import type { PersonId } from '../../base/ids.js';
import { type Distance, falseMatchRate } from '../../base/units.js';
import { distanceAt } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
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

type Choice =
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

type GalleryComparison =
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

/**
 * One photograph in a hundred may be taken for somebody else's by mistake, however many are enrolled: somebody looks at
 * it twice. One person under two ids would be sent away at the gate every day, because each is as near as the other.
 */
const MISTAKEN = 1e-2;

/** The few nearest strangers of a table are often one person under two names; a dozen of them are believed. */
const BELIEVED = 12;

/**
 * One stranger in a hundred comes this near, and hardly any photograph of the same person is farther off: with pack
 * `mobile` 5 of 861 pairs of LFW, while 397 of 400 photographs of a wrong person are.
 */
const IMPOSTOR = 1e-2;

/**
 * A larger gallery is stricter by itself, down to the smallest rate that the table is believed.
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
  return distanceAt(table, falseMatchRate(Math.max(rate, BELIEVED / table.impostorPairs)));
}
