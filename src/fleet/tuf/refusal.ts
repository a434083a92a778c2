/** What came from the fleet's repository is not taken: forged, old, incomplete, or no gallery at all. */
import { TwinstileError } from '../../base/errors.js';

/** The gallery that is in use stays in use. */
export const refused = (expected: string, got: string, hint?: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'fleet-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint:
      hint ??
      'The gallery here stays in use. Find out who writes to the repository; publish again from the registrar.',
    cause,
  });

export const expired = (what: string, since: number): TwinstileError =>
  new TwinstileError({
    code: 'fleet-expired',
    message: `Expected a ${what} that is still valid, got one that expired at ${new Date(since).toISOString()}.`,
    hint: 'Publish again from the registrar, and check the clock of this box; the gallery here stays in use meanwhile.',
  });
