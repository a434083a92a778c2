/** Scores the liveness of one face in one picture: what the networks are shown of it, and what their outputs mean. */
import { TwinstileError } from '../../base/errors.js';
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Face, FivePoints } from '../detection/face.js';
import type { Box, Point, Size } from '../geometry.js';
import type { Picture } from '../ports/picture.js';
import { isDue, type ScoredAt } from '../tracking/pad-evidence.js';
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

/**
 * What a liveness network is shown: the face and what is around it, where a frame's edge or a hand would be seen.
 *
 * The box widened about its centre, by less where the frame is too small for it, and shifted to lie inside the frame:
 * as MiniFASNet was trained (minivision-ai/Silent-Face-Anti-Spoofing, src/generate_patches.py).
 *
 * @param box in pixels of the frame, of a width and height above 0.
 * @param widen factor of both sides, 1 or more.
 */
export function cropAround(box: Box, widen: number, frame: Size): Box {
  const scale = Math.min(widen, frame.width / box.width, frame.height / box.height);
  const width = box.width * scale;
  const height = box.height * scale;
  return {
    x: shifted(box.x + (box.width - width) / 2, width, frame.width),
    y: shifted(box.y + (box.height - height) / 2, height, frame.height),
    width,
    height,
  };
}

const shifted = (from: number, span: number, most: number): number =>
  Math.max(0, Math.min(from, most - span));

/**
 * The box that YuNet would give to a face with these landmarks: the networks were trained around such boxes, and around
 * those of another detector they take living faces for pictures (measured with face-api's: of 8 looks at a living face none
 * was found alive, with this box most).
 *
 * The medians of 614 faces; nine in ten lie within 6 %.
 */
export function boxAround([right, left, , mouthRight, mouthLeft]: FivePoints): Box {
  const eyes = middle(right, left);
  const mouth = middle(mouthRight, mouthLeft);
  const across = Math.hypot(left.x - right.x, left.y - right.y);
  const down = Math.hypot(mouth.x - eyes.x, mouth.y - eyes.y);
  const size = Math.sqrt(across * down);
  const [width, height] = [2.14 * size, 2.79 * size];
  const centre = middle(eyes, mouth);
  return { x: centre.x - width / 2, y: centre.y - 0.11 * size - height / 2, width, height };
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/**
 * How likely is the live class among a network's classes?
 * @param logits of one picture, one for each class. @param live which of them is the living face.
 * @returns 0..1, by softmax; NaN when a logit is not finite or there is no such class.
 */
export function liveShare(logits: ArrayLike<number>, live: number): number {
  const all = Array.from(logits);
  const largest = Math.max(...all);
  const sum = all.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.exp((all[live] ?? Number.NaN) - largest) / sum;
}
