import { TwinstileError } from '../../base/errors.js';
import { SAVE_AS_UTF8 } from '../../base/utf8.js';

/** Error for an export that cannot be used; nothing of it is imported. */
export const unfit = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Export it again; nothing was changed yet.',
    cause,
  });

/** Names of an export in another encoding would be destroyed for ever. @param where "line 2 of FILE". */
export const notUtf8 = (where: string, got = 'other bytes'): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected UTF-8 at ${where}, got ${got}.`,
    hint: `${SAVE_AS_UTF8} Nothing was changed yet.`,
  });
