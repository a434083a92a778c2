/** Declares a decision as it goes into the journal and onto MQTT. */
import { compact } from '../base/compact.js';
import type { BadgeId, DecisionId, LaneId, ModelDigest, PersonId, TrackId } from '../base/ids.js';
import type { FalseMatchRate, Millis, Monotonic, WallTime } from '../base/units.js';
import type { PromiseStanding } from '../biometrics/statistics/site-promise.js';
import type { QualityProblem } from '../vision/detection/quality.js';
import type { LivenessVerdict } from '../vision/tracking/pad-evidence.js';
import {
  type FacelessReason,
  type FaceReason,
  type PendingReason,
  type Reason,
  sentenceOf,
} from './decision-reasons.js';
import { formatPromise } from './fmr-bound.js';

/** What had to be presented: a face alone, badge and face, a badge alone, or nothing. */
export type Mode = FaceMode | 'badge' | 'free-exit' | 'operator';
export type FaceMode = 'identification' | 'verification';

interface About {
  readonly mode: Mode;
  /** Distinct frames that agreed. */
  readonly frames: number;
  readonly badge?: BadgeId;
  /** The frames were compared as one, and the rate is that of all of them; absent: that of the weakest. */
  readonly fused?: true;
  /** What the rate rests on at this site; absent where that is not known, or no face was compared. */
  readonly promise?: PromiseStanding;
  /** The rate is smaller than any that was measured: from the tail of the distances only. */
  readonly extrapolated?: true;
  /** Mean score of the track's frames that have one, 0..1, higher is more alive; absent when none has. */
  readonly liveness?: number;
  readonly livenessVerdict?: LivenessVerdict;
}

/** What was found out about one track, before it has an id, a time and a place. */
export type LaneDecision =
  | (About & {
      readonly verdict: 'granted';
      readonly mode: FaceMode;
      readonly reason: FaceReason;
      readonly track: TrackId;
      readonly person: PersonId;
      /** What is promised: the weakest of the frames that agreed, or all of them fused. */
      readonly fmr: FalseMatchRate;
      /** When the newest picture of it was taken. */
      readonly frameAt: Monotonic;
    })
  | (About & {
      readonly verdict: 'granted';
      readonly reason: FacelessReason;
      readonly track?: TrackId;
      /** The badge's holder; absent when the badge was not personal. */
      readonly person?: PersonId;
      /** Who sent the command. */
      readonly operator?: string;
      readonly fmr?: never;
      readonly frameAt?: never;
    })
  | (About & {
      readonly verdict: 'refused';
      readonly reason: PendingReason;
      /** Absent when it is about a badge or a crowd. */
      readonly track?: TrackId;
      /** Only when a person was recognised or claimed; never the nearest of an unknown face. */
      readonly person?: PersonId;
      /** The best that any frame reached. */
      readonly fmr?: FalseMatchRate;
      /** What was wrong with the pictures, most frequent first. */
      readonly problems?: readonly QualityProblem[];
      readonly frameAt?: Monotonic;
    });

export type Granted = Extract<LaneDecision, { verdict: 'granted' }>;
export type GrantedByFace = Extract<Granted, { track: TrackId; fmr: FalseMatchRate }>;
export type Refused = Extract<LaneDecision, { verdict: 'refused' }>;

interface Circumstances {
  readonly id: DecisionId;
  readonly at: WallTime;
  readonly lane: LaneId;
  /** How old the newest picture was when it was decided. */
  readonly frameAge?: Millis;
  readonly galleryVersion: number;
  readonly model: ModelDigest;
}

export type Decision = LaneDecision & Circumstances;

export const explanationOf = ({ reason }: { readonly reason: Reason }): string => sentenceOf(reason);

export const isByFace = (granted: Granted): granted is GrantedByFace => granted.fmr !== undefined;

/** For the journal: ids and numbers; never a name, never a vector. */
export function evidenceOf(decision: Decision): Readonly<Record<string, unknown>> {
  const { verdict, reason, mode, frames, fmr, fused, extrapolated, track, person, badge, lane } = decision;
  const { promise, liveness, livenessVerdict } = decision;
  return compact({
    verdict,
    reason,
    mode,
    lane,
    track,
    person,
    badge,
    operator:
      decision.verdict === 'granted' && 'operator' in decision && decision.operator !== undefined
        ? decision.operator
        : undefined,
    fmr,
    odds: fmr === undefined ? undefined : formatPromise(fmr, extrapolated),
    promise,
    extrapolated,
    frames,
    fused,
    liveness,
    liveness_verdict: livenessVerdict,
    problems:
      decision.verdict === 'refused' && decision.problems !== undefined ? decision.problems : undefined,
    frame_age_ms: decision.frameAge === undefined ? undefined : Math.round(decision.frameAge),
    gallery_version: decision.galleryVersion,
    model: decision.model,
  });
}

/** For topic `decision`. @param name only where the site publishes names. */
export function decisionMessage(decision: Decision, name?: string): Readonly<Record<string, unknown>> {
  return compact({
    v: 1,
    id: decision.id,
    at: new Date(decision.at).toISOString(),
    ...evidenceOf(decision),
    explanation: explanationOf(decision),
    name,
  });
}
