/**
 * Schedules the liveness networks: at most one face of a frame, so that a frame is not late: of those at the
 * gate the one that was scored longest ago.
 */
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { QualityProblem } from '../detection/quality.js';
import { isDue } from './pad-evidence.js';

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

/** @param faces of one frame, at most one of each track. */
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
