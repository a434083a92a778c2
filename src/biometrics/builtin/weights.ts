/** What weights does the npm package @vladmandic/face-api hold? */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';

/** A tensor in TensorFlow's order: filters are [height, width, in, out], depthwise ones [height, width, channels, 1]. */
export interface Weight {
  readonly shape: readonly number[];
  /** Double precision, so that folding rounds once, at the end. */
  readonly values: Float64Array;
}

/** @throws TwinstileError 'pack-refused' when the package holds no weight of that name. */
export type Weights = (name: string) => Weight;

/** TensorFlow.js's manifest: the tensors lie one after the other in the .bin. */
const manifest = z.array(
  z.object({
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().positive()),
        dtype: z.literal('float32'),
        /** value = byte · scale + min; plain float32 (little endian) when absent. */
        quantization: z.object({ dtype: z.literal('uint8'), scale: z.number(), min: z.number() }).optional(),
      }),
    ),
  }),
);

/**
 * @param model as the package names it, e.g. 'tiny_face_detector_model'.
 * @throws TwinstileError 'pack-refused' when the files are missing or do not match their manifest.
 */
export async function readWeights(model: string): Promise<Weights> {
  const [text, bin] = await filesOf(model);
  const parsed = manifest.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw refused(
      `Expected a weights manifest of ${model}, got: ${z.prettifyError(parsed.error)}`,
      parsed.error,
    );

  const all = new Map<string, Weight>();
  let at = 0;
  for (const { name, shape, quantization } of parsed.data.flatMap(({ weights }) => weights)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const end = at + count * (quantization === undefined ? 4 : 1);
    if (end > bin.length)
      throw refused(`Expected at least ${end} bytes of weights of ${model}, got ${bin.length}.`);
    const start = at;
    const values = Float64Array.from({ length: count }, (_, index) =>
      quantization === undefined
        ? bin.readFloatLE(start + 4 * index)
        : bin.readUInt8(start + index) * quantization.scale + quantization.min,
    );
    all.set(name, { shape, values });
    at = end;
  }
  if (at !== bin.length) throw refused(`Expected ${at} bytes of weights of ${model}, got ${bin.length}.`);

  return (name) => {
    const weight = all.get(name);
    if (weight === undefined) throw refused(`Expected the weight '${name}' in ${model}, got none.`);
    return weight;
  };
}

async function filesOf(model: string): Promise<readonly [string, Buffer]> {
  try {
    const home = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
    return await Promise.all([
      readFile(path.join(home, 'model', `${model}-weights_manifest.json`), 'utf8'),
      readFile(path.join(home, 'model', `${model}.bin`)),
    ]);
  } catch (cause) {
    throw refused(
      `Expected the weights of ${model} in the npm package @vladmandic/face-api, got none.`,
      cause,
    );
  }
}

const refused = (message: string, cause?: unknown): TwinstileError =>
  new TwinstileError({ code: 'pack-refused', message, hint: 'Run npm ci, then build again.', cause });
