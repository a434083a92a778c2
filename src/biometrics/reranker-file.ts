/** Reads and writes rerankers as JSON with base64 weights and the digest of the encoder and head they were trained for. */
import { z } from 'zod';
import { type ModelDigest, modelDigest } from '../base/ids.js';
import { createArtifactFile, float32FromText, float32ToText, sha256Text } from './artifact-file.js';
import type { Reranker } from './reranker.js';
import { headCard } from './training-record.js';

const NAME_ONE = 'Name a reranker from: twinstile train reranker --out FILE';

const artifact = createArtifactFile({
  format: 'twinstile-reranker/1',
  noun: 'a reranker',
  code: 'reranker-refused',
  fields: {
    compared: sha256Text,
    dimension: z.int().positive().max(4096),
    width: z.int().positive().max(256),
    scale: z.number().positive(),
    bias: z.number(),
    steepness: z.number().nonnegative(),
    hidden: z.string(),
    offsets: z.string(),
    out: z.string(),
    accept: z.number(),
    candidates: z.int().min(2).max(50),
    card: headCard,
  },
  // A network of 256 units over 1024 numbers comes to 3 MB of text.
  maxSize: 8_000_000,
  hints: {
    content: 'Train it again for the encoder and head in use: twinstile train reranker',
    file: NAME_ONE,
    missing: NAME_ONE,
    unwritable: NAME_ONE,
  },
});

export function rerankerToText({ compared, network, accept, candidates, card }: Reranker): string {
  const { dimension, scale, bias, steepness, hidden, offsets, out } = network;
  const text = artifact.toText({
    compared,
    dimension,
    width: out.length,
    scale,
    bias,
    steepness,
    hidden: float32ToText(hidden),
    offsets: float32ToText(offsets),
    out: float32ToText(out),
    accept,
    candidates,
    card,
  });
  rerankerFromText(text, compared);
  return text;
}

/**
 * @param compared digest of encoder and head in use.
 * @throws TwinstileError 'reranker-refused' for a file that is broken, foreign, too large or not finite.
 */
export function rerankerFromText(text: string, compared: ModelDigest): Reranker {
  const content = artifact.fromText(text);
  if (content.compared !== compared)
    throw artifact.refused(
      `${compared.slice(0, 12)}, this encoder and head`,
      `one for ${content.compared.slice(0, 12)}`,
    );
  const { dimension, width, scale, bias, steepness, accept, candidates, card } = content;
  return {
    compared: modelDigest(content.compared),
    network: {
      dimension,
      scale,
      bias,
      steepness,
      hidden: weightsFrom(content.hidden, width * 2 * dimension),
      offsets: weightsFrom(content.offsets, width),
      out: weightsFrom(content.out, width),
    },
    accept,
    candidates,
    card,
  };
}

function weightsFrom(text: string, count: number): Float32Array {
  const numbers = float32FromText(text, count);
  if ('problem' in numbers) throw artifact.refused('finite weights', numbers.problem);
  return numbers.values;
}

/**
 * @param compared digest of encoder and head in use.
 * @throws TwinstileError 'reranker-refused': missing, too large (checked before it is read), broken, or trained for another.
 */
export const readReranker = async (file: string, compared: ModelDigest): Promise<Reranker> =>
  rerankerFromText(await artifact.read(file), compared);

/** Writes completely or not at all. @throws TwinstileError 'reranker-refused' when it cannot be written. */
export const writeReranker = async (file: string, reranker: Reranker): Promise<void> =>
  artifact.write(file, rerankerToText(reranker));
