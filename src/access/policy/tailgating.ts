/** Detects a second person so close behind the first that both could pass at once. */
import type { TrackId } from '../../base/ids.js';
import type { FrameSeq, Millis, Monotonic } from '../../base/units.js';
import { type Box, centreOf } from '../../vision/geometry.js';

/** The part of a frame report that matters here. */
export interface FacesSeen {
  readonly seq: FrameSeq;
  readonly at: Monotonic;
  readonly faces: readonly { readonly track: TrackId; readonly box: Box }[];
}

interface TailgatingRules {
  /** Height of the face behind as a share of the one in front, 0..1: smaller is further off. */
  readonly minSize: number;
  /** Sideways distance between the two faces' centres, in widths of the one in front. */
  readonly maxAside: number;
  /** Distinct frames in which one and the same second person must be seen: a hand is taken for a face now and then. */
  readonly framesNeeded: number;
  /** How far back a frame still counts. */
  readonly window: Millis;
}

/**
 * At a camera 1.5 m from the gate a person one metre behind has 0.6 of the size. From 0.7 on detection/at-gate.ts already reports
 * 'several'; this rule detects a person a step further back, who would be through before the gate closes.
 */
const defaultTailgating: TailgatingRules = {
  minSize: 0.5,
  maxAside: 2.5,
  framesNeeded: 3,
  window: 1000 as Millis,
};

/** More frames than a camera takes in a window mean that its clock has stopped. */
const MAX_FRAMES = 64;

/** What to remember when the next frame is seen. */
export const withFrame = <Frame extends FacesSeen>(
  frames: readonly Frame[],
  next: Frame,
  { window }: TailgatingRules = defaultTailgating,
): readonly Frame[] => [...frames.filter(({ at }) => next.at - at <= window), next].slice(-MAX_FRAMES);

/** The person behind, or nothing. @param frames in any order; a future one does not count. */
export function someoneBehind(
  frames: readonly FacesSeen[],
  first: TrackId,
  now: Monotonic,
  rules: TailgatingRules = defaultTailgating,
): TrackId | undefined {
  const seen = new Map<TrackId, Set<FrameSeq>>();
  for (const { seq, at, faces } of frames) {
    if (!(now - at >= 0 && now - at <= rules.window)) continue;
    const front = faces.find(({ track }) => track === first);
    if (front === undefined) continue;
    for (const { track, box } of faces)
      if (track !== first && isClose(front.box, box, rules))
        seen.set(track, (seen.get(track) ?? new Set()).add(seq));
  }
  for (const [track, own] of seen) if (own.size >= rules.framesNeeded) return track;
  return undefined;
}

function isClose(front: Box, other: Box, { minSize, maxAside }: TailgatingRules): boolean {
  const aside = Math.abs(centreOf(front).x - centreOf(other).x);
  return other.height >= minSize * front.height && aside <= maxAside * front.width;
}
