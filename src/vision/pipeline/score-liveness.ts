/** Scores the liveness of one face in one picture. */
import { TwinstileError } from '../../base/errors.js';
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Face } from '../detection/face.js';
import type { Box } from '../geometry.js';
import { isDue, type ScoredAt } from '../pad/pad-evidence.js';
import { boxAround, cropAround, liveShare } from '../pad/pad-network.js';
import type { Picture } from '../ports/picture.js';
import type { LivenessNetwork, Models } from './load-models.js';

export interface ScoredLiveness {
  /** The one that was scored; absent when none was worth it. */
  readonly scored?: { readonly track: TrackId; readonly score: number };
  /** For the next frame. */
  readonly scoredAt: ScoredAt;
}

export interface LivenessFrame {
  readonly picture: Picture;
  readonly at: Monotonic;
  /** Tracks that are not among them are forgotten. */
  readonly faces: readonly { readonly track: TrackId; readonly face: Face }[];
}

/**
 * Scores one face of this frame.
 * @param chosen none when absent.
 * @throws TwinstileError 'model-failed'.
 */
export async function scoreOneFace(
  { picture, at, faces }: LivenessFrame,
  chosen: TrackId | undefined,
  { liveness, landmarks }: Pick<Models, 'liveness' | 'landmarks'>,
  before: ScoredAt,
): Promise<ScoredLiveness> {
  if (liveness === undefined) return { scoredAt: before };
  const judgedAt = new Map([...before].filter(([track]) => faces.some((one) => one.track === track)));
  const face = faces.find(({ track }) => track === chosen)?.face;
  if (chosen === undefined || face === undefined) return { scoredAt: judgedAt };
  const box = landmarks === undefined ? face.box : boxAround(face.points);
  const score = await scoreLiveness(picture, box, liveness);
  // One that is scored sooner, because it was encoded, does not put off the next that counts.
  if (isDue(judgedAt.get(chosen), at)) judgedAt.set(chosen, at);
  return { scored: { track: chosen, score }, scoredAt: judgedAt };
}

/**
 * The mean over the pack's networks, each with the surroundings it was trained on.
 * @param box as YuNet gives it. @param networks one or more.
 * @returns 0..1, higher is more alive.
 * @throws TwinstileError 'model-failed', also for an output that is not finite.
 */
export async function scoreLiveness(
  picture: Picture,
  box: Box,
  networks: readonly LivenessNetwork[],
): Promise<number> {
  let sum = 0;
  for (const { card, network } of networks) {
    const { width, height, widen, live } = card;
    const data = picture.crop(cropAround(box, widen, picture), width, height);
    const outputs = await network.run({ picture: { type: 'uint8', data, shape: [1, height, width, 3] } });
    sum += liveShare(Object.values(outputs)[0]?.data ?? [], live);
  }
  const score = sum / networks.length;
  if (score >= 0 && score <= 1) return score;
  throw new TwinstileError({
    code: 'model-failed',
    message: `Expected shares of classes from the liveness networks, got ${score}.`,
    hint: "Check the card's live classes and the networks' files.",
  });
}
