/** A head for other programs: as ONNX, and only when ONNX Runtime makes of it what the product itself does. */
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { applyHead } from '../../biometrics/head/apply-head.js';
import type { Head, Side } from '../../biometrics/head/head.js';
import { loadNetwork } from '../../vision/onnx/onnx-network.js';
import { headModel } from './head-model.js';

interface Exported {
  readonly file: string;
  /** Largest difference of one number between ONNX Runtime and the plain product. */
  readonly off: number;
}

/** Float32 sums in another order; outputs have lengths of about 1. */
const TOLERANCE = 1e-4;

/**
 * One file when both sides are one function; else `NAME.template.onnx` and `NAME.live.onnx`.
 * @param trunk vectors to try it with, at least one.
 * @throws TwinstileError 'head-refused' when it cannot be written or comes out different; nothing is left behind then.
 */
export async function exportHead(
  head: Head,
  file: string,
  trunk: readonly Float32Array[],
): Promise<readonly Exported[]> {
  const isOne = head.template === head.live && head.crowd === undefined;
  const { dir, name } = path.parse(path.resolve(file));
  const exported: Exported[] = [];
  for (const side of isOne ? (['live'] as const) : (['template', 'live'] as const)) {
    const to = isOne ? path.resolve(file) : path.join(dir, `${name}.${side}.onnx`);
    exported.push({ file: to, off: await exportSide(head, side, to, trunk) });
  }
  return exported;
}

async function exportSide(
  head: Head,
  side: Side,
  file: string,
  trunk: readonly Float32Array[],
): Promise<number> {
  const beside = `${file}.${process.pid}.new`;
  try {
    await writeFile(beside, headModel(head, side)).catch((cause: unknown) => {
      throw refused(`to write ${file}`, 'a failure', 'Name a file in a folder that can be written.', cause);
    });
    const off = await farthestOff(head, side, beside, trunk);
    if (!(off <= TOLERANCE))
      throw refused(
        `ONNX Runtime to compute what the head does, to ${TOLERANCE}`,
        `${off}`,
        'Use the head file; report this with it.',
      );
    await rename(beside, file);
    return off;
  } finally {
    await rm(beside, { force: true });
  }
}

/** @returns NaN when one of them is no number. */
async function farthestOff(
  head: Head,
  side: Side,
  model: string,
  trunk: readonly Float32Array[],
): Promise<number> {
  const network = await loadNetwork(model, { threads: 1, provider: 'cpu' });
  try {
    const data = new Float32Array(trunk.length * head.dimension);
    trunk.forEach((vector, row) => {
      data.set(vector, row * head.dimension);
    });
    const shape = [trunk.length, head.dimension];
    const { projected } = await network.run({ trunk: { type: 'float32', data, shape } });
    let off = trunk.length > 0 ? 0 : Number.NaN;
    trunk.forEach((vector, row) => {
      applyHead(head, side, vector).forEach((value, i) => {
        const away = Math.abs(value - (projected?.data[row * head.outputs + i] ?? Number.NaN));
        if (!(away <= off)) off = away;
      });
    });
    return off;
  } finally {
    await network.close();
  }
}

const refused = (expected: string, got: string, hint: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'head-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint,
    cause,
  });
