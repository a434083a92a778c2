/** Vectors that one number spoils, or that another encoder made, would spoil every sum that they enter. */
import { TwinstileError } from '../../../base/errors.js';
import type { SidedPhoto } from '../../../biometrics/statistics/training-sets.js';

/** @throws TwinstileError 'bad-arguments' that names the first person concerned. */
export function assertSound(photos: readonly SidedPhoto[], dimension: number): void {
  for (const { person, embedding } of photos) {
    if (embedding.length !== dimension)
      throw unfit(
        `vectors of ${dimension} numbers`,
        `one of ${embedding.length} of ${person}`,
        'Learn with the pack that made the vectors: --pack NAME.',
      );
    if (!embedding.every(Number.isFinite))
      throw unfit(
        'vectors of finite numbers',
        `one that has others of ${person}`,
        'Encode the photographs anew (--no-cache), or enrol that person again.',
      );
  }
}

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });
