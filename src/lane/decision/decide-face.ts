/** Reaches the verdict on a subject: 1:1 while a badge is claimed, else 1:N, then whether the person may pass at all. */

import { objectionTo } from '../../access/admission.js';
import type { FaceMode } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import { fmrBound } from '../../access/fmr-bound.js';
import { identify } from '../../access/identify.js';
import type { LaneRules } from '../../access/lane-rules.js';
import type { Observation, PendingDecision, Verdict } from '../../access/observation.js';
import { livenessObjection, padRequired, provenObservations } from '../../access/pad-policy.js';
import type { Asked } from '../../access/policy/credentials.js';
import type { Subject } from '../../access/subject.js';
import { type Claim, verify } from '../../access/verify.js';
import type { BadgeId, PersonId } from '../../base/ids.js';
import { type FalseMatchRate, type Millis, type Monotonic, millis, type WallTime } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { LaneMode } from '../health/degraded-modes.js';
import type { LaneGallery } from './lane-gallery.js';
import { compareWith } from './observe-face.js';

export type LaneVerdict = { readonly mode: FaceMode; readonly badge?: BadgeId } & (
  | Extract<Verdict, { verdict: 'open' }>
  | (PendingDecision & {
      /** Only when a person was recognised or claimed. */
      readonly person?: PersonId;
    })
);

export interface Circumstances {
  readonly rules: LaneRules;
  readonly gallery: LaneGallery;
  readonly claim: Claim | undefined;
  readonly now: Monotonic;
  readonly wall: WallTime;
  /** What the lane's state leaves of the rules. */
  readonly left: LaneMode;
  /** What the access rules ask for now; absent: what the lane's own rules do. */
  readonly asked?: Asked | undefined;
}

export function verdictOn(subject: Subject, about: Circumstances): LaneVerdict {
  const verdict = verdictOnFace(subject, about);
  const asked = padRequired(about.rules, verdict.mode, about.wall);
  const hold = verdict.verdict === 'pending' ? verdict.reason : undefined;
  const reason = livenessObjection(asked, subject.liveness.verdict, hold);
  if (verdict.verdict === 'pending') return reason === undefined ? verdict : { ...verdict, reason };
  if (reason !== undefined) return withheld(verdict, reason);
  return asked === 'require' ? provenVerdict(verdict, subject, about) : verdict;
}

type Opening = Extract<LaneVerdict, { verdict: 'open' }>;

/** The same verdict must come of the looks alone whose own frames show a living face, the newest among them. */
function provenVerdict(verdict: Opening, subject: Subject, about: Circumstances): LaneVerdict {
  const proven = verdictOnFace({ ...subject, observations: provenObservations(subject) }, about);
  const isProven =
    proven.verdict === 'open' && proven.person === verdict.person && proven.newest === verdict.newest;
  return isProven ? proven : withheld(verdict, 'liveness-undecided');
}

function withheld({ mode, badge, person, frames, weakest }: Opening, reason: PendingReason): LaneVerdict {
  return {
    mode,
    badge,
    verdict: 'pending',
    reason,
    frames,
    best: weakest,
    person,
  };
}

function verdictOnFace(subject: Subject, about: Circumstances): LaneVerdict {
  const { gallery, claim, now, wall, left, asked } = about;
  const { calibration } = gallery;
  const { identification: faceAlone, verification, maxFrameAge } = about.rules;
  const identification = left === 'verification' || asked?.faceAlone === false ? undefined : faceAlone;
  const claimed = verification === undefined ? undefined : claim;
  const mode: FaceMode =
    claimed === undefined && identification !== undefined ? 'identification' : 'verification';
  const badge = claimed?.badge;
  const hold = (reason: PendingReason): LaneVerdict => ({
    mode,
    badge,
    verdict: 'pending',
    reason,
    frames: 0,
  });

  if (calibration === undefined) return hold('pack-uncalibrated');
  if (!canBelieveFaces(left)) return hold('degraded');
  if (gallery.snapshot.owners.length === 0 && claimed?.pass === undefined) return hold('gallery-empty');
  if (subject.observations.length === 0) return hold(reasonWithoutObservation(subject));

  const judge = (): Verdict => {
    if (claimed !== undefined && verification !== undefined) {
      const seen = comparedWith(claimed, subject, gallery, calibration);
      return verify(seen, claimed, now, { ...verification, maxFrameAge });
    }
    if (identification === undefined) return { verdict: 'pending', reason: 'badge-required', frames: 0 };
    const maxFmr = fmrBound(identification.maxFpir, gallery.snapshot.owners.length);
    const seen = subject.observations.map(({ observation }) => observation);
    return identify(seen, now, { ...identification, maxFmr, maxFrameAge });
  };
  const verdict = judge();
  if (verdict.verdict === 'pending') return { mode, badge, ...verdict, person: claimed?.person };

  const { person, frames, weakest } = verdict;
  // A visitor is not enrolled: whether the document is still valid is for the reader to check.
  if (claimed?.pass !== undefined) return { mode, badge, ...verdict };
  const reason = objectionTo(gallery.snapshot.people.get(person), wall);
  if (reason === undefined) return { mode, badge, ...verdict };
  return { mode, badge, verdict: 'pending', reason, frames, best: weakest, person };
}

/** In the lower modes no face counts. */
export const canBelieveFaces = (left: LaneMode = 'identification'): boolean =>
  left === 'identification' || left === 'verification';

function reasonWithoutObservation({ stale, problems }: Subject): PendingReason {
  if (stale > 0) return 'stale-frame';
  return Object.keys(problems).length > 0 ? 'low-quality' : 'insufficient-evidence';
}

function comparedWith(
  { person, pass }: Claim,
  { observations: looks }: Subject,
  { search }: LaneGallery,
  calibration: CalibrationTable,
): readonly Observation[] {
  return looks.map(({ observation, embedding }) => {
    const claimedFmr: FalseMatchRate | undefined =
      pass === undefined
        ? compareWith(embedding, person, search, calibration)
        : fmrOf(calibration, pass.distanceTo(embedding));
    return claimedFmr === undefined ? observation : { ...observation, claimedFmr };
  });
}

/** How far back a look can count by any of the rules. */
export const longestWindow = ({ identification, verification }: LaneRules): Millis =>
  millis(Math.max(identification?.window ?? 0, verification?.window ?? 0));
