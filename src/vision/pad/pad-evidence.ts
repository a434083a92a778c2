/**
 * Decides from several frames of one track whether the face is live, because of single frames of a living face in
 * back light up to a third look like a picture.
 *
 * A sequential test after Wald: each scored frame adds the logarithm of a likelihood ratio, and the sum decides as soon as it
 * reaches a bound. Frames of one face are far from independent, so each is limited to a third of what lets in: no single
 * frame decides, whatever it shows. Nothing is banked beyond the bound that lets in, so that a photograph that is raised in
 * front of a face which was found alive takes that back with its first frame; a track that was found an attack stays one.
 */
import type { Monotonic } from '../../base/units.js';

export type LivenessVerdict = 'live' | 'attack' | 'undecided';

/** What the frames of one track have shown so far. */
export interface LivenessEvidence {
  /** How many were counted. */
  readonly frames: number;
  /** Sum of their limited log-likelihood ratios: live against attack. */
  readonly odds: number;
  /** Sum of their scores. */
  readonly sum: number;
  readonly lastAt?: Monotonic;
  readonly verdict: LivenessVerdict;
}

/**
 * The score that is evidence for neither side. Well below a half: measured in back light, living faces fall to 0.05 and stay
 * below a half for seconds, while of a film replayed on a monitor no frame in 211 reached 0.003.
 */
export const EVEN_SCORE = 0.15;
/** The largest contribution of one frame. */
const MAX_PER_FRAME = 1;
/** At least three frames. */
export const ACCEPT_AT = 3;
/** At least four: to reject a person for good needs more than to wait. */
export const REJECT_AT = -4;
/** Frames nearer than this to each other, in ms, show the same once more. Three frames of a camera of 30 a second. */
export const LIVENESS_INTERVAL = 90;

export const noEvidence: LivenessEvidence = { frames: 0, odds: 0, sum: 0, verdict: 'undecided' };

/**
 * What is known after one more frame.
 * @param score 0..1, higher is more alive; anything else is evidence of an attack.
 * @param at when the frame was taken; one that comes too soon after the last one does not count.
 */
export function withScore(before: LivenessEvidence, score: number, at: Monotonic): LivenessEvidence {
  if (!isDue(before.lastAt, at)) return before;
  const odds = Math.min(ACCEPT_AT, before.odds + oddsOf(score));
  return {
    frames: before.frames + 1,
    odds,
    sum: before.sum + (score >= 0 && score <= 1 ? score : 0),
    lastAt: at,
    verdict: before.verdict === 'attack' ? 'attack' : verdictAt(odds),
  };
}

/** Whether a frame shows something new. @param lastAt of the frame that was scored last. */
export const isDue = (lastAt: Monotonic | undefined, at: Monotonic): boolean =>
  lastAt === undefined || at - lastAt >= LIVENESS_INTERVAL;

/** Whether one frame alone looks more like a picture; so does what is no score. */
export const indicatesAttack = (score: number): boolean => !(score >= EVEN_SCORE && score <= 1);

/** Mean score of the frames that were counted, 0..1; absent without any. */
export const meanScore = ({ frames, sum }: LivenessEvidence): number | undefined =>
  frames === 0 ? undefined : sum / frames;

/** @returns -1..1; the least for what is no score. */
function oddsOf(score: number): number {
  if (!(score >= 0 && score <= 1)) return -MAX_PER_FRAME;
  const odds = logOdds(score) - logOdds(EVEN_SCORE);
  return Math.max(-MAX_PER_FRAME, Math.min(MAX_PER_FRAME, odds));
}

const logOdds = (share: number): number => Math.log(share / (1 - share));

function verdictAt(odds: number): LivenessVerdict {
  if (odds >= ACCEPT_AT) return 'live';
  return odds <= REJECT_AT ? 'attack' : 'undecided';
}
