/** Aligns and encodes the faces of one picture: one embedding for each. */
import { TwinstileError } from '../../base/errors.js';
import type { EncoderCard } from '../../biometrics/model-card.js';
import type { Face } from '../detection/face.js';
import { similarityBetween } from '../geometry.js';
import type { Picture } from '../ports/picture.js';
import type { Models } from './load-models.js';

/** A face aligned as the encoder's card gives it: bgr8 HWC of the card's height x width. */
export type Chip = Uint8Array;

export function alignFace(picture: Picture, { points }: Pick<Face, 'points'>, card: EncoderCard): Chip {
  const places = card.points.map(([x, y]) => ({ x, y }));
  return picture.warp(similarityBetween(points, places), card.width, card.height);
}

/**
 * @returns float32 [dimension] for each chip, in their order; of unit length when the card asks for it.
 * @throws TwinstileError 'model-failed', also for an output that is not finite.
 */
export async function encodeChips(
  chips: readonly Chip[],
  { card, encoder }: Models,
): Promise<readonly Float32Array[]> {
  const { width, height, batch, dimension, normalise } = card.encoder;
  const batches = batch === 'free' && chips.length > 0 ? [chips] : chips.map((chip) => [chip]);
  const embeddings: Float32Array[] = [];
  for (const some of batches) {
    const [first] = some;
    const data = some.length === 1 && first !== undefined ? first : Buffer.concat(some);
    const outputs = await encoder.run({
      picture: { type: 'uint8', data, shape: [some.length, height, width, 3] },
    });
    const numbers = Object.values(outputs)[0]?.data;
    if (numbers?.length !== some.length * dimension || !numbers.every(Number.isFinite))
      throw new TwinstileError({
        code: 'model-failed',
        message: `Expected ${some.length} embeddings of ${dimension} finite numbers, got ${numbers?.length ?? 'no'} numbers.`,
        hint: "Check the card's dimension and the encoder's file.",
      });
    for (let at = 0; at < numbers.length; at += dimension) {
      const vector = numbers.slice(at, at + dimension);
      embeddings.push(normalise ? unit(vector) : vector);
    }
  }
  return embeddings;
}

/** @throws TwinstileError 'model-failed' for a vector without direction: it would be near to everyone. */
function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (length > 0) return vector.map((value) => value / length);
  throw new TwinstileError({
    code: 'model-failed',
    message: 'Expected an embedding with a direction, got zeros.',
    hint: "Check the encoder's file.",
  });
}
