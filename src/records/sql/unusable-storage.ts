import { TwinstileError } from '../../base/errors.js';

/** The database, or something in it, cannot be used as it is. */
export const unusableStorage = (
  expected: string,
  got: string,
  hint: string,
  cause?: unknown,
): TwinstileError =>
  new TwinstileError({
    code: 'gallery-unusable',
    message: `Expected ${expected}, got ${got}.`,
    hint,
    cause,
  });
