/**
 * Decides from several frames of one track whether the face is live, because of single frames of a living face in
 * back light up to a third look like a picture.
 *
 * A sequential test after Wald: each scored frame adds the logarithm of a likelihood ratio, and the sum decides as soon as it
 * reaches a bound. Frames of one face are far from independent, so each is limited to a third of what lets in: no single
 * frame decides, whatever it shows. Nothing is banked beyond the bound that lets in, so that a photograph that is raised in
 * front of a face which was found alive takes that back with its first frame; a track that was found an attack stays one.
 */
import type { TrackId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { QualityProblem } from '../detection/quality.js';

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

/** Codes are API (state, displays): never renamed. */
export type Prompt = 'turn-head' | 'come-closer';

/** By then nine in ten are decided; sooner would prompt people who only just look up. */
const PROMPT_AFTER = 700;
/** Distance of the eyes, in pixels of the frame, below which the networks see little but the resizing. */
const SMALL = 40;
/** How long a person has to follow the prompt. */
export const CHALLENGE_TIME: Millis = millis(4000);

/**
 * Chooses the prompt for a person whose liveness is still undecided.
 *
 * The challenge is no evidence of its own: it brings other light and another view of the face, by which the same rule then
 * decides. Measured in back light, a living face that turned away never scored below 0.86, and frontal ones fell to 0.05.
 * @param waited since the first usable picture. @param interOcular in pixels of the frame.
 */
export function promptFor(
  { verdict }: LivenessEvidence,
  waited: Millis,
  interOcular: number,
): Prompt | undefined {
  if (verdict !== 'undecided' || !(waited >= PROMPT_AFTER)) return undefined;
  return interOcular < SMALL ? 'come-closer' : 'turn-head';
}

export interface Scorable {
  readonly track: TrackId;
  readonly atGate: boolean;
  readonly problems: readonly QualityProblem[];
}

/**
 * A face that is turned away or blurred is as good evidence as any other (measured: of a replay's frames 48 % are one or the other, and
 * all of them give it away); one of which too little is seen is none.
 */
const EXCLUDING_PROBLEMS: readonly QualityProblem[] = [
  'too-small',
  'too-dark',
  'too-bright',
  'at-the-edge',
  'low-score',
];

/** When each track was scored last. */
export type ScoredAt = ReadonlyMap<TrackId, Monotonic>;

/**
 * Schedules the liveness networks: at most one face of a frame, so that a frame is not late: of those at the
 * gate the one that was scored longest ago.
 * @param faces of one frame, at most one of each track.
 */
export function shouldScore(
  faces: readonly Scorable[],
  before: ScoredAt,
  at: Monotonic,
): TrackId | undefined {
  const last = (track: TrackId): number => before.get(track) ?? Number.NEGATIVE_INFINITY;
  return faces
    .filter(
      ({ atGate, problems }) => atGate && !problems.some((problem) => EXCLUDING_PROBLEMS.includes(problem)),
    )
    .filter(({ track }) => isDue(before.get(track), at))
    .toSorted((a, b) => last(a.track) - last(b.track))[0]?.track;
}
