/**
 * Guides a person before a camera to a few good looks from slightly different angles, by the gate's own quality rules.
 *
 * Pure: each frame's report leads from one state to the next. Looks are of one track without interruption; a face that takes
 * the place of another, or a camera that stops, starts over.
 */
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import type { Box } from '../../vision/geometry.js';
import type { FaceReport, FrameReport, HeadPose } from '../../vision/ports/vision.js';
import { type LivenessEvidence, noEvidence, withScore } from '../../vision/tracking/pad-evidence.js';

/** What the person is asked to do now. Codes are API: the console shows its own sentence for each. */
export type Guidance =
  | 'wait-for-camera'
  | 'step-into-view'
  | 'one-at-a-time'
  | 'come-closer'
  | 'face-camera'
  | 'head-upright'
  | 'hold-still'
  | 'more-light'
  | 'less-light'
  | 'move-to-middle'
  | 'uncover-or-badge'
  | 'living-face'
  | 'turn-left'
  | 'turn-right'
  | 'done';

/** One frame that becomes a template. */
export interface Look {
  /** float32 [dimension], of the encoder. */
  readonly embedding: Float32Array;
  readonly pose: HeadPose;
  readonly box: Box;
  /** Distance between the eyes, in pixels. */
  readonly interOcular: number;
  readonly at: Monotonic;
  readonly light: Light;
}

export interface LookRules {
  /** How many looks are needed, 1 or more. */
  readonly needed: number;
  /** Whether the face must be found alive before the last look counts. */
  readonly mustLive: boolean;
  /** After each of these, in ms, half the difference in angle is asked for. */
  readonly patience: number;
}

export interface GuidedLooks {
  readonly guidance: Guidance;
  readonly looks: readonly Look[];
  /** Whose looks these are. */
  readonly track?: TrackId;
  readonly liveness: LivenessEvidence;
}

export const LOOKS: LookRules = { needed: 3, mustLive: false, patience: 4000 };
/** A person on a recording cannot follow what is asked. */
export const RECORDED_LOOKS: LookRules = { ...LOOKS, patience: 500 };

/**
 * How far apart two looks are, as `apartness` measures: 0.1 is about 8 degrees of turn. A person who keeps still for a while
 * is asked for less; people before a fixed camera move by 0.13 within two seconds (shared clip `asl/book`).
 */
const APART = 0.1;
/** Never less than this: a picture that does not move gives one look. */
const LEAST_APART = 0.02;
/** Neighbouring frames are near copies of each other, in ms. */
const INTERVAL = 400;

const GUIDANCE: Readonly<Record<QualityProblem, Guidance>> = {
  'too-small': 'come-closer',
  'turned-away': 'face-camera',
  tilted: 'head-upright',
  'not-upright': 'head-upright',
  blurred: 'hold-still',
  'too-dark': 'more-light',
  'too-bright': 'less-light',
  'at-the-edge': 'move-to-middle',
  'low-score': 'face-camera',
  'face-covered': 'uncover-or-badge',
};

export const noLooks = (guidance: Guidance = 'step-into-view'): GuidedLooks => ({
  guidance,
  looks: [],
  liveness: noEvidence,
});

/** Whether as many looks as needed were taken. */
export const isComplete = ({ guidance }: GuidedLooks): boolean => guidance === 'done';

/** Returns the state after one more frame. A complete state stays as it is. */
export function guidedBy(before: GuidedLooks, frame: FrameReport, rules: LookRules): GuidedLooks {
  if (isComplete(before)) return before;
  const { gate, faces } = frame;
  if (gate.who === 'several') return { ...before, guidance: 'one-at-a-time' };
  const face = gate.who === 'one' ? faces.find(({ track }) => track === gate.track) : undefined;
  if (face === undefined) return { ...before, guidance: faces.length > 0 ? 'come-closer' : 'step-into-view' };
  return withFace(before, face, frame, rules);
}

function withFace(
  before: GuidedLooks,
  face: FaceReport,
  { at, light }: FrameReport,
  rules: LookRules,
): GuidedLooks {
  const own = before.track === face.track && face.replaced !== true ? before : noLooks();
  const { liveness: score } = face;
  const liveness = score === undefined ? own.liveness : withScore(own.liveness, score, at);
  const state = { ...own, track: face.track, liveness };
  // Nothing that was taken of a picture or a screen may become a template.
  if (liveness.verdict === 'attack') return { ...state, looks: [], guidance: 'living-face' };
  const [problem] = face.problems;
  if (problem !== undefined) return { ...state, guidance: GUIDANCE[problem] };
  const look = lookOf(face, at, light ?? 'color');
  const looks =
    look !== undefined && state.looks.length < rules.needed && isNew(look, state.looks, rules)
      ? [...state.looks, look]
      : state.looks;
  return { ...state, looks, guidance: next(looks, liveness, rules) };
}

function lookOf(
  { embedding, pose, box, interOcular }: FaceReport,
  at: Monotonic,
  light: Light,
): Look | undefined {
  return embedding === undefined || pose === undefined
    ? undefined
    : { embedding, pose, box, interOcular, at, light };
}

/** Whether a look shows the face from another angle than each look before it. */
function isNew(look: Look, looks: readonly Look[], { patience }: LookRules): boolean {
  const last = looks.at(-1);
  if (last === undefined) return true;
  const waited = look.at - last.at;
  if (!(waited >= INTERVAL)) return false;
  const apart = Math.max(LEAST_APART, APART / 2 ** Math.floor(waited / patience));
  return looks.every(({ pose }) => apartness(pose, look.pose) >= apart);
}

const apartness = (a: HeadPose, b: HeadPose): number => Math.hypot(a.turn - b.turn, a.nod - b.nod);

function next(looks: readonly Look[], { verdict, odds }: LivenessEvidence, rules: LookRules): Guidance {
  const [first] = looks;
  if (first === undefined) return 'hold-still';
  // Scores that lean towards a picture are waited out, also where the lane lets in without proof of life.
  const isAlive = verdict === 'live' || (!rules.mustLive && odds >= 0);
  if (looks.length >= rules.needed) return isAlive ? 'done' : 'hold-still';
  return looks.some(({ pose }) => pose.turn - first.pose.turn >= LEAST_APART) ? 'turn-right' : 'turn-left';
}
