/** Reports the faces of a frame, and who of them is at the gate. */
import type { TrackId } from '../../base/ids.js';
import { type Face, interOcular } from '../detection/face.js';
import type { AtGate, FaceReport } from '../ports/vision.js';
import type { ReplacedAt } from '../tracking/replaced.js';
import type { FaceQuality } from './assess-quality.js';
import type { ScoredLiveness } from './score-liveness.js';

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
  { face, track: id, atGate, problems }: AssessedFace,
  { embedding, aliveness: { scored: judged }, replacedAt }: FaceFindings,
): FaceReport {
  return {
    track: id,
    box: face.box,
    score: face.score,
    interOcular: interOcular(face.points),
    atGate,
    problems,
    embedding,
    replaced: replacedAt.has(id) ? true : undefined,
    liveness: judged?.track === id ? judged.score : undefined,
  };
}
