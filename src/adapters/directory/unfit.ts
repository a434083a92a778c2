import { TwinstileError } from '../../base/errors.js';

/** An export that cannot be what was meant: nothing of it is used. */
export const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Export it anew; nothing was changed yet.',
    ...(cause === undefined ? {} : { cause }),
  });
