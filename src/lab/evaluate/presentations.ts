/** Groups liveness scores of frames by track, and finds the decision on each. */
import type { TrackId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import { type LivenessEvidence, noEvidence, withScore } from '../../vision/tracking/pad-evidence.js';
import type { Presentation } from './pad-rates.js';

interface PresentationWatch {
  /** @param liveness absent when the frame was not scored. */
  see(face: { readonly track: TrackId; readonly liveness?: number }, at: Monotonic): void;
  /** Those with a scored frame, in order of appearance. */
  readonly judged: readonly Presentation[];
  /** Tracks of which no frame could be scored: too small, too dark or never at the gate. */
  readonly notJudged: number;
}

interface Watched {
  readonly since: Monotonic;
  readonly evidence: LivenessEvidence;
  readonly scores: readonly number[];
  readonly decided?: Pick<Presentation, 'verdict' | 'decidedAfter'>;
}

/**
 * Of one recording: in another the same id means another track.
 * @param visit a longer track counts as several, each scored from the start: at a gate people wait for seconds, not minutes.
 */
export function watchPresentations(visit: Millis = millis(Number.POSITIVE_INFINITY)): PresentationWatch {
  const seen = new Set<TrackId>();
  const watched = new Map<TrackId, readonly Watched[]>();
  return {
    see({ track, liveness }, at) {
      seen.add(track);
      if (liveness === undefined) return;
      const visits = watched.get(track) ?? [];
      const last = visits.at(-1);
      const isOver = last === undefined || at - last.since >= visit;
      const now = after(isOver ? { since: at, evidence: noEvidence, scores: [] } : last, liveness, at);
      watched.set(track, [...(isOver ? visits : visits.slice(0, -1)), now]);
    },
    get judged() {
      return [...watched.values()].flat().map(({ scores, decided }) => ({
        scores,
        ...(decided ?? { verdict: 'undecided' as const }),
      }));
    },
    get notJudged() {
      return seen.size - watched.size;
    },
  };
}

/** The first verdict counts, as at a gate: what opens has opened. */
function after(before: Watched, score: number, at: Monotonic): Watched {
  const evidence = withScore(before.evidence, score, at);
  const { verdict } = evidence;
  const decided =
    before.decided ?? (verdict === 'undecided' ? undefined : { verdict, decidedAfter: at - before.since });
  return {
    since: before.since,
    evidence,
    scores: [...before.scores, score],
    decided,
  };
}
