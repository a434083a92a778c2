/** Reports the faces of a frame, who of them is at the gate, and how long each stage took. */
import type { Clock } from '../../base/clock.js';
import type { TrackId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { type Face, interOcular } from '../detection/face.js';
import { poseOf } from '../detection/quality.js';
import type { AtGate, FaceReport, HeadPose, Stage } from '../ports/vision.js';
import type { ReplacedAt } from '../tracking/replaced.js';
import type { FaceQuality } from './assess-quality.js';
import type { ScoredLiveness } from './score-liveness.js';

/** Beyond it landmarks are no face; the report's own bound is wider. */
const MAX_POSE = 10;
/** More light adds nothing; the report's own bound is wider. */
const MAX_LIGHT = 100;

export interface AssessedFace extends FaceQuality {
  readonly face: Face;
  readonly track: TrackId;
  readonly atGate: boolean;
}

export function gateOf(tracks: readonly TrackId[]): AtGate {
  const [first, ...more] = tracks;
  if (first === undefined) return { who: 'nobody' };
  return more.length === 0 ? { who: 'one', track: first } : { who: 'several' };
}

interface FaceFindings {
  readonly embedding: Float32Array | undefined;
  readonly aliveness: ScoredLiveness;
  readonly replacedAt: ReplacedAt;
}

export function reportOf(
  { face, track: id, atGate, problems, light }: AssessedFace,
  { embedding, aliveness: { scored: judged }, replacedAt }: FaceFindings,
): FaceReport {
  return {
    track: id,
    box: face.box,
    score: face.score,
    interOcular: interOcular(face.points),
    atGate,
    problems,
    pose: atGate ? poseIn(face) : undefined,
    // A chip that is no face has none: NaN is not reported.
    light: atGate && light >= 0 ? Math.min(light, MAX_LIGHT) : undefined,
    embedding,
    replaced: replacedAt.has(id) ? true : undefined,
    liveness: judged?.track === id ? judged.score : undefined,
  };
}

/** How long each stage of one frame took. */
export interface Stopwatch {
  /** Ends the running stage and names it. A stage that comes again is added to. */
  readonly lap: (stage: Stage) => void;
  readonly timings: () => Readonly<Record<Stage, Millis>>;
}

export function startStopwatch(clock: Clock): Stopwatch {
  let since = clock.monotonic();
  const spent: Record<Stage, Millis> = {
    read: millis(0),
    detect: millis(0),
    track: millis(0),
    quality: millis(0),
    align: millis(0),
    encode: millis(0),
    liveness: millis(0),
  };
  return {
    lap: (stage) => {
      const now = clock.monotonic();
      spent[stage] = millis(spent[stage] + now - since);
      since = now;
    },
    timings: () => spent,
  };
}

/** Landmarks that coincide, or are no face, have no pose. */
function poseIn({ points }: Face): HeadPose | undefined {
  const { turn, nod } = poseOf(points);
  return Math.abs(turn) <= MAX_POSE && Math.abs(nod) <= MAX_POSE ? { turn, nod } : undefined;
}
