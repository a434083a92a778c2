/** A reranker as a file: JSON with base64 weights, its own SHA-256, and the digest of the encoder and head it was made for. */
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { type ModelDigest, modelDigest } from '../../base/ids.js';
import { numbersOf, textOf } from '../float-text.js';
import { integrityOf } from '../integrity.js';
import { headCard } from '../training-record.js';
import type { Reranker } from './reranker.js';

export const RERANKER_FORMAT = 'twinstile-reranker/1';

/** A network of 256 units over 1024 numbers comes to 3 MB of text. */
export const MAX_RERANKER_FILE = 8_000_000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const finite = z.number();

const file = z.strictObject({
  format: z.literal(RERANKER_FORMAT),
  sha256,
  compared: sha256,
  dimension: z.int().positive().max(4096),
  width: z.int().positive().max(256),
  scale: z.number().positive(),
  bias: finite,
  steepness: z.number().nonnegative(),
  hidden: z.string(),
  offsets: z.string(),
  out: z.string(),
  accept: finite,
  candidates: z.int().min(2).max(50),
  card: headCard,
});

export function rerankerToText({ compared, network, accept, candidates, card }: Reranker): string {
  const { dimension, scale, bias, steepness, hidden, offsets, out } = network;
  const whole = {
    format: RERANKER_FORMAT,
    compared,
    dimension,
    width: out.length,
    scale,
    bias,
    steepness,
    hidden: textOf(hidden),
    offsets: textOf(offsets),
    out: textOf(out),
    accept,
    candidates,
    card,
  };
  const text = `${JSON.stringify({ ...whole, sha256: integrityOf(whole) }, null, 1)}\n`;
  rerankerFromText(text, compared);
  return text;
}

/**
 * @param compared digest of encoder and head in use.
 * @throws TwinstileError 'reranker-refused' for a file that is broken, foreign, too large or not finite.
 */
export function rerankerFromText(text: string, compared: ModelDigest): Reranker {
  if (text.length > MAX_RERANKER_FILE)
    throw refused(`at most ${MAX_RERANKER_FILE} characters`, `${text.length}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused('JSON', 'text that is none', cause);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw refused(`the format ${RERANKER_FORMAT}`, z.prettifyError(parsed.error), parsed.error);
  const { sha256: claimed, ...whole } = parsed.data;
  const real = integrityOf(whole);
  if (claimed !== real) throw refused(`content with the sha256 ${claimed}`, real);
  if (whole.compared !== compared)
    throw refused(
      `${compared.slice(0, 12)}, this encoder and head`,
      `one for ${whole.compared.slice(0, 12)}`,
    );
  const { dimension, width, scale, bias, steepness, accept, candidates, card } = whole;
  const read = (weights: string, expected: number): Float32Array => {
    const numbers = numbersOf(weights, expected);
    if ('problem' in numbers) throw refused('finite weights', numbers.problem);
    return numbers.values;
  };
  return {
    compared: modelDigest(whole.compared),
    network: {
      dimension,
      scale,
      bias,
      steepness,
      hidden: read(whole.hidden, width * 2 * dimension),
      offsets: read(whole.offsets, width),
      out: read(whole.out, width),
    },
    accept,
    candidates,
    card,
  };
}

const refused = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'reranker-refused',
    message: `Expected a reranker with ${expected}, got ${got}.`,
    hint: 'Learn it anew for what is used: twinstile train reranker',
    cause,
  });
