/** Decides whether an adapted head may replace the one in use. Pure: counts and rates in, a verdict with its figures out. */
import { countPeople, plural } from '../base/plural.js';
import type { FalseMatchRate } from '../base/units.js';
import {
  impostorPairs,
  MIN_IMPOSTOR_PAIRS,
  MIN_TEACHERS,
  type SidedPhoto,
  teachersIn,
} from '../biometrics/statistics/training-sets.js';
import type { HeldOut } from '../biometrics/training-record.js';

/** A smaller lift is not worth a change at a gate. */
export const MIN_LIFT = 0.005;
/** Of the site's own people, at the distance that opens the gate, no more than this share may be lost. */
export const MAX_LOST = 0.01;

/** Whether these pictures, compared all with all, are enough for a verdict. */
export const areEnoughToEvaluate = (photos: readonly SidedPhoto[]): boolean =>
  teachersIn(photos, false) >= MIN_TEACHERS && impostorPairs(photos, false) >= MIN_IMPOSTOR_PAIRS;

export interface HeadEvidence {
  /** Who was compared with themselves. */
  readonly people: number;
  readonly impostorPairs: number;
  /** Match rates before and after, on the same pairs, none of which took part in the adaptation. */
  readonly rows: readonly HeldOut[];
  /** Own people's comparisons within the distance that opens the gate, by the table of each: 0..1. */
  readonly atGate: { readonly before: number; readonly after: number };
}

export type AdaptationVerdict =
  | { readonly verdict: 'better'; readonly detail: string; readonly row?: HeldOut }
  | {
      readonly verdict: 'refused';
      readonly detail: string;
      readonly row?: HeldOut;
      /** People are distinguished as well as before: the pictures may be of another camera, and passages at this one may show a gain. */
      readonly harmless?: boolean;
    };

/**
 * Better means: at the smallest false match rate that the pairs show (30 false matches or more), and that is not below the
 * lane's own, the true match rate rises by half a point or more, each person counting once; its 95 % interval does not
 * reach below zero; and at the gate's own distances no more than one in a hundred of the site's people is lost.
 * @param needed the lane's rate, per comparison.
 */
export function verdictOnHead(evidence: HeadEvidence, needed: FalseMatchRate): AdaptationVerdict {
  const { people, impostorPairs, rows, atGate } = evidence;
  if (!(people >= MIN_TEACHERS))
    return refused(
      `Expected ${MIN_TEACHERS} people or more with two pictures each to judge by, got ${people}.`,
    );
  if (!(impostorPairs >= MIN_IMPOSTOR_PAIRS))
    return refused(
      `Expected ${MIN_IMPOSTOR_PAIRS} pairs of different people or more to judge by, got ${impostorPairs}.`,
    );
  const row = rows.findLast(({ counting, fmr }) => counting === 'people' && fmr >= needed);
  if (row === undefined) return refused('Expected a false match rate at which both can be seen, got none.');
  const measured =
    `${formatLift(row)}; at the gate’s own distance ${formatShare(atGate.before)} before ` +
    `and ${formatShare(atGate.after)} after`;
  // What is lost between photographs need not be lost between them and this camera.
  const harmless = row.lift >= -MIN_LIFT;
  if (!(row.lift >= MIN_LIFT && row.liftFrom >= 0))
    return {
      ...refused(`Expected a lift of ${points(MIN_LIFT)} or more that is no chance, got ${measured}.`, row),
      harmless,
    };
  if (!(atGate.after >= atGate.before - MAX_LOST))
    return {
      ...refused(`Expected to let the site’s own people in as before, got ${measured}.`, row),
      harmless,
    };
  return { verdict: 'better', detail: measured, row };
}

const refused = (detail: string, row?: HeldOut) => ({
  verdict: 'refused' as const,
  detail,
  row,
});

const formatLift = ({
  fmr,
  tmrBefore,
  tmrAfter,
  lift,
  liftFrom,
  liftTo,
  people,
  impostorPairs,
}: HeldOut): string =>
  `TMR ${formatShare(tmrBefore)} before and ${formatShare(tmrAfter)} after at FMR ${fmr.toExponential(0)} ` +
  `(${points(lift)}, ${points(liftFrom)} to ${points(liftTo)}) on ${countPeople(people)} and ${plural(impostorPairs, 'impostor pair')}`;

const points = (share: number): string =>
  `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(2)} points`;

/** "99.53 %" for a share of which people think in hundreds, "1.2e-5" for one of which they do not. @param share 0..1. */
export const formatShare = (share: number): string =>
  share === 0 || share >= 0.001 ? `${(100 * share).toFixed(2)} %` : share.toExponential(1);
