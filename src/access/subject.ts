/** Keeps what was seen of one subject at the gate, from when they were first there alone until they left, and when that is a refusal. */
import type { PersonId, TrackId } from '../base/ids.js';
import { type Millis, type Monotonic, monotonic } from '../base/units.js';
import type { QualityProblem } from '../vision/detection/quality.js';
import {
  indicatesAttack,
  LIVENESS_INTERVAL,
  type LivenessEvidence,
  noEvidence,
  withScore,
} from '../vision/tracking/pad-evidence.js';
import type { PendingReason } from './decision-reasons.js';
import type { FusedEvidence, Match, Observation } from './observation.js';

/** An observation, and the vector it came from: a badge may be presented after the face was seen. */
export interface FaceObservation {
  readonly observation: Observation;
  /** float32 [dimension] */
  readonly embedding: Float32Array;
  /** Score of the very frame that it is of; absent when that frame had no liveness score. */
  readonly liveness?: number;
}

/** When the subject was at the gate. */
interface SubjectPresence {
  readonly track: TrackId;
  readonly since: Monotonic;
  /** When they were last at the gate alone. */
  readonly lastAt: Monotonic;
  /** When they were last at the gate at all. */
  readonly seenAt: Monotonic;
  /** When the first picture came that could be compared. */
  readonly firstLook?: Monotonic;
}

/** What the frames showed of them. */
interface SubjectEvidence {
  /** Those that may still count, oldest first. */
  readonly observations: readonly FaceObservation[];
  /** The newest of them, searched for as one; it counts only with the observations that it is of. */
  readonly fused: readonly FusedEvidence<Match>[];
  /** Whether it is a living face, as far as is known. */
  readonly liveness: LivenessEvidence;
  /** Observations before this prove no life: since then a frame spoke against it, or the face could not be compared. */
  readonly proofFrom: Monotonic;
  /** Since when the face could not be compared; absent while it can. */
  readonly hiddenSince?: Monotonic;
  /** How often each was what kept a picture from being compared. */
  readonly problems: Readonly<Partial<Record<QualityProblem, number>>>;
  /** Pictures that came too late to count. */
  readonly stale: number;
}

/** What was decided about them. */
interface SubjectOutcome {
  readonly granted: boolean;
  /** Who was let in. */
  readonly person?: PersonId;
  /** What was already refused: 'face', or the id of a badge read. */
  readonly refused: readonly string[];
  /** With what they were recognised and may not pass: 'face', or the id of a badge read. */
  readonly barred: readonly string[];
}

/** A person at the gate, identified or not. */
export interface Subject extends SubjectPresence, SubjectEvidence, SubjectOutcome {}

export const arrival = (track: TrackId, at: Monotonic): Subject => ({
  track,
  since: at,
  lastAt: at,
  seenAt: at,
  observations: [],
  fused: [],
  liveness: noEvidence,
  proofFrom: monotonic(Number.NEGATIVE_INFINITY),
  problems: {},
  stale: 0,
  granted: false,
  refused: [],
  barred: [],
});

/** A blink of the detector, in ms; a face that cannot be compared for longer may have become another. */
const MAX_BLINK = 100;

/** @param keep how far back a look may still count. */
export function withObservation(
  { hiddenSince: _, ...subject }: Subject,
  seen: FaceObservation,
  keep: Millis,
): Subject {
  const { at } = seen.observation;
  const observations = [...subject.observations, seen].filter(
    ({ observation }) => at - observation.at <= keep,
  );
  return { ...subject, lastAt: at, firstLook: subject.firstLook ?? at, observations };
}

export function withProblems(subject: Subject, problems: readonly QualityProblem[], at: Monotonic): Subject {
  const counts = { ...subject.problems };
  for (const problem of problems) counts[problem] = (counts[problem] ?? 0) + 1;
  return { ...hidden(subject, problems, at), lastAt: at, problems: counts };
}

/** Proof of life ends when the face cannot be compared any more. */
function hidden(subject: Subject, problems: readonly QualityProblem[], at: Monotonic): Subject {
  if (problems.length === 0) return subject;
  const hiddenSince = subject.hiddenSince ?? at;
  return at - hiddenSince < MAX_BLINK
    ? { ...subject, hiddenSince }
    : { ...subject, hiddenSince, proofFrom: later(subject.proofFrom, at) };
}

export const withStale = (subject: Subject, at: Monotonic): Subject => ({
  ...subject,
  lastAt: at,
  stale: subject.stale + 1,
});

/**
 * @param score of one frame; see vision/tracking/pad-evidence.ts. One that counts against a living face discards the observations around
 * it: those before it, and those that follow before another frame can add new evidence.
 */
export const withLiveness = (subject: Subject, score: number, at: Monotonic): Subject => ({
  ...subject,
  liveness: withScore(subject.liveness, score, at),
  proofFrom: indicatesAttack(score)
    ? later(subject.proofFrom, monotonic(at + LIVENESS_INTERVAL))
    : subject.proofFrom,
});

const later = (a: Monotonic, b: Monotonic): Monotonic => monotonic(Math.max(a, b));

/** Most frequent first. */
export function problemsByFrequency({ problems }: Subject): readonly QualityProblem[] {
  const counted = Object.entries(problems) as [QualityProblem, number][];
  return counted.sort(([, a], [, b]) => b - a).map(([problem]) => problem);
}

/** Nothing was asked for, or it is not known yet: no reason to refuse. */
const NEVER_A_REFUSAL: readonly PendingReason[] = ['no-face', 'badge-required'];
/** A subject that was present for less than this, in ms, only walked past. */
const PRESENT_MS = 500;

/**
 * Whether it is time to publish that a subject who is still at the gate is refused: after `refuse_after_ms` of the lane, never at the
 * first frame, because the next one may open.
 * @param since from when on they could have been let in.
 */
export function refusalDue(
  reason: PendingReason,
  since: Monotonic,
  now: Monotonic,
  refuseAfter: Millis,
): boolean {
  if (reason === 'insufficient-evidence' || NEVER_A_REFUSAL.includes(reason)) return false;
  // More pictures of a picture would add nothing.
  return reason === 'presentation-attack' || now - since >= refuseAfter;
}

/** Whether a subject who leaves undecided is reported as refused. */
export function refusalAtLeaving({ firstLook, since, lastAt }: Subject, reason: PendingReason): boolean {
  return !NEVER_A_REFUSAL.includes(reason) && (firstLook !== undefined || lastAt - since >= PRESENT_MS);
}
