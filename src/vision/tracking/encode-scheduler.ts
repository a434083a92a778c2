/**
 * Schedules the encoder: chooses the faces of a frame that are worth a run.
 *
 * A decision needs a few distinct frames that agree, and soon: the first good ones of a track are taken as they come,
 * later ones at intervals or when clearly better.
 */
import type { TrackId } from '../../base/ids.js';
import { type BucketLevel, fullBucket, type RateLimit, refilled } from '../../base/token-bucket.js';
import type { Monotonic } from '../../base/units.js';

/** A face without quality problems in this frame. */
export interface Encodable {
  readonly track: TrackId;
  readonly atGate: boolean;
  /** Of the face in this frame, 0..1; see detection/quality.ts. */
  readonly qualityScore: number;
}

/** What was encoded before. */
export interface Encoded {
  readonly byTrack: ReadonlyMap<
    TrackId,
    { readonly count: number; readonly lastAt: Monotonic; readonly best: number }
  >;
  /** Runs of the encoder. */
  readonly runs: BucketLevel;
}

export interface EncodeContext {
  /** Every other track is forgotten. */
  readonly present: readonly TrackId[];
  /** Whose liveness is scored in this frame: identity and liveness are decided from the same frames. */
  readonly judged?: TrackId;
}

/** As many as a decision usually needs. */
const AT_ONCE = 3;
/** Neighbouring frames hardly differ; these show the face otherwise. In ms. */
const INTERVAL = 130;
/** A look this much better than the best before does not wait for its interval … */
const CLEARLY_BETTER = 1.2;
/** … but for this, in ms. */
const SHORTEST_INTERVAL = 60;
/**
 * Over all tracks: an eighth of a core of the slowest box (25 ms a run leaves half of a core for detection); two people at the
 * gate at once are both recognised from their first frames.
 */
const RUNS: RateLimit = { burst: 6, perSecond: 20 };
/** No more in one frame, so that its report is not late. */
const PER_FRAME = 3;

export const nothingEncoded = (at: Monotonic): Encoded => ({
  byTrack: new Map(),
  runs: fullBucket(RUNS, at),
});

/**
 * @param faces of one frame, at most one of each track.
 * @returns the tracks whose faces are to be encoded, those at the gate first and the best of them first, and what will
 * have been encoded then.
 */
export function shouldEncode(
  faces: readonly Encodable[],
  before: Encoded,
  at: Monotonic,
  { present, judged }: EncodeContext,
): { readonly chosen: readonly TrackId[]; readonly encoded: Encoded } {
  const runs = refilled(before.runs, RUNS, at);
  const chosen = faces
    .filter((face) => face.track === judged || isDue(face, before, at))
    .toSorted((a, b) => Number(b.atGate) - Number(a.atGate) || b.qualityScore - a.qualityScore)
    .slice(0, Math.min(PER_FRAME, Math.floor(runs.left)));

  const here = new Set(present);
  const byTrack = new Map([...before.byTrack].filter(([track]) => here.has(track)));
  for (const { track, qualityScore } of chosen) {
    const { count = 0, best = 0 } = before.byTrack.get(track) ?? {};
    byTrack.set(track, { count: count + 1, lastAt: at, best: Math.max(best, qualityScore) });
  }
  return {
    chosen: chosen.map(({ track }) => track),
    encoded: { byTrack, runs: { ...runs, left: runs.left - chosen.length } },
  };
}

function isDue({ track, qualityScore }: Encodable, { byTrack }: Encoded, at: Monotonic): boolean {
  const last = byTrack.get(track);
  if (last === undefined || last.count < AT_ONCE) return true;
  const since = at - last.lastAt;
  return since >= INTERVAL || (since >= SHORTEST_INTERVAL && qualityScore >= last.best * CLEARLY_BETTER);
}
